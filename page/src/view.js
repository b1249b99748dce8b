"use strict";
const $ = id => document.getElementById(id);
// Names are chosen by whoever owns an account: they are text wherever they go.
const element = (tag, text, className) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};
const row = (...cells) => {
  const made = element("tr");
  made.append(...cells);
  return made;
};
const option = (value, text) => { const made = element("option", text); made.value = value; return made; };
const number = value => value.toLocaleString("en");
const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

const WORST = { person: 0, time: 1, nobody: 2 };
let data, accounts = [];
const stateOf = (region, account) => region.kinds[region.states[account.index]];

// Shows data, for the first time or anew: filters, what is in view and what is collapsed stay.
function show(fresh) {
  data = fresh;
  for (const { kinds } of data.regions) for (const kind of kinds) {
    kind.enabled = kind.status === "ENABLED" && kind.needs === "nobody";
    kind.label = kind.outcome === "planned" ? `would be ${kind.action}`
      : kind.reason || (kind.outcome === "administrator" ? "administrator" : kind.status.toLowerCase() || kind.action || kind.outcome);
    kind.style = kind.enabled ? "enabled" : kind.needs;
  }
  accounts = data.accounts.map(([id, name, unit], index) => {
    const path = unit === null ? "" : data.units[unit];
    return { id, name, path, index, text: `${id} ${name} ${path}`.toLowerCase() };
  }).sort((a, b) => a.id < b.id ? -1 : 1);
  drawRegions();
  drawPersons();
  drawFilters();
  filter(true);
  const still = $("account").open && accounts.find(({ id }) => id === opened);
  if (still) describe(still);
}

function drawRegions() {
  const dry = data.regions.some(region => region.dryRun);
  $("made").textContent = data.summary ?? `${count(accounts.length, "account")} in ${count(data.regions.length, "Region")}, made ${data.made}`
    + (dry ? ": a dry run, which shows what would be done" : "");
  $("regions").replaceChildren(...data.regions.map(region => {
    const card = element("li", undefined, "card");
    card.append(element("span", region.region), element("b", `${region.percent} %`, region.percent < 100 ? "person" : "enabled"),
      element("span", `${number(region.enabled)} of ${number(region.inScope)} in scope`, "nobody"));
    if (region.note) card.append(element("div", region.note, "nobody"));
    if (region.runs.length > 1) card.append(plot(region));
    card.append(element("div", region.time, "nobody"));
    card.title = region.graphArn;
    return card;
  }));
}

// Coverage of the last runs, from the lowest of them to 100 %.
function plot(region) {
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(SVG, "svg"), line = document.createElementNS(SVG, "polyline");
  const times = region.runs.map(([time]) => Date.parse(time)), percents = region.runs.map(([, percent]) => percent);
  const [first, last, least] = [times[0], times.at(-1), Math.min(...percents, 99)];
  line.setAttribute("points", times.map((time, at) =>
    `${100 * (time - first) / Math.max(last - first, 1)},${2 + 36 * (100 - percents[at]) / (100 - least)}`).join(" "));
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Coverage in the last ${region.runs.length} runs: from ${percents[0]} % to ${percents.at(-1)} %, lowest ${Math.min(...percents)} %`);
  svg.append(line);
  return svg;
}

function drawPersons() {
  const groups = new Map();
  for (const region of data.regions) {
    const counts = new Map();
    for (const state of region.states) if (state >= 0) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const [state, found] of counts) {
      const kind = region.kinds[state];
      if (kind.needs !== "person") continue;
      const group = groups.get(kind.label) ?? { found: 0, regions: new Set(), message: kind.message };
      group.found += found;
      group.regions.add(region.region);
      groups.set(kind.label, group);
    }
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.found - a.found);
  redraw($("persons"), sorted.map(([reason, group]) => {
    const button = element("button", "Show"), cell = element("td");
    button.dataset.key = reason;
    button.setAttribute("aria-label", `Show accounts with ${reason}`);
    button.onclick = () => { $("needs").value = ""; $("reason").value = reason; filter(); $("accounts").scrollIntoView({ block: "nearest" }); };
    cell.append(button);
    return row(element("td", number(group.found), "person"), element("td", reason), element("td", group.regions.size > 4 ? count(group.regions.size, "Region") : [...group.regions].join(", ")),
      element("td", group.message, "wide"), cell);
  }));
  if (!sorted.length) {
    const cell = element("td", "Nothing.");
    cell.colSpan = 5;
    $("persons").append(row(cell));
  }
}

// Replaces what is in an element. What has the focus keeps it, if it is still there.
function redraw(place, children) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...children);
  if (focused !== undefined) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function drawFilters() {
  const options = (id, all, values) => {
    const field = $(id), drawn = JSON.stringify(values), { value } = field;
    // An open list would close.
    if (field.drawn === drawn) return;
    field.drawn = drawn;
    field.replaceChildren(option("", all), ...values.map(text => option(text, text)));
    field.value = values.includes(value) ? value : "";
  };
  const regions = data.regions.map(({ region }) => region);
  options("region", "All Regions", regions);
  options("unit", "All OUs", [...new Set(accounts.map(({ path }) => path))].filter(Boolean).sort());
  options("reason", "All states", [...new Set(data.regions.flatMap(({ kinds }) => kinds.map(({ label }) => label)))].sort());
  $("head").replaceChildren(...["Account", "Name", "OU", ...regions].map(text => {
    const cell = element("th", text);
    cell.scope = "col";
    return cell;
  }));
}

// OUs whose accounts are not shown, as long as the page's tab is open.
const collapsed = new Set();
try {
  JSON.parse(sessionStorage.getItem("collapsed") ?? "[]").forEach(unit => collapsed.add(unit));
} catch { /* This browser keeps nothing. */ }
function toggle(unit) {
  if (!collapsed.delete(unit)) collapsed.add(unit);
  try {
    sessionStorage.setItem("collapsed", JSON.stringify([...collapsed]));
  } catch { /* This browser keeps nothing. */ }
  filter(true);
}

// The lines of the table: accounts, and OUs above theirs. Only those in view are in the document.
let lines = [];
const HEIGHT = 31;
function filter(keep) {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean), unit = $("unit").value, needs = $("needs").value, reason = $("reason").value;
  const regions = data.regions.filter(({ region }) => !$("region").value || region === $("region").value);
  const isAny = !reason && !needs;
  const fits = kind => kind && (!reason || kind.label === reason) && (!needs || kind.needs === needs
    || (needs === "enabled" && kind.enabled) || (needs === "uncovered" && !kind.enabled && kind.outcome !== "administrator"));
  const isUnit = path => !unit || path === unit || path.startsWith(`${unit}/`);
  const found = accounts.filter(account => words.every(word => account.text.includes(word)) && isUnit(account.path)
    && ((isAny && !$("region").value) || regions.some(region => fits(stateOf(region, account)))));
  // Worst first, and by id.
  const byNeed = [[], [], []];
  for (const account of found) {
    let worst = 2;
    for (const region of regions) worst = Math.min(worst, WORST[stateOf(region, account)?.needs] ?? 2);
    byNeed[worst].push(account);
  }
  lines = $("grouped").checked ? grouped(byNeed.flat()) : byNeed.flat();
  $("count").textContent = `${number(found.length)} of ${count(accounts.length, "account")}`;
  if (keep !== true) $("accounts").scrollTop = 0;
  drawRows();
}

// The OUs above an account, from the root on, each by its path.
function unitsAbove(path) {
  if (!path) return ["(OU not known)"];
  const names = path.split("/");
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}

function grouped(found) {
  const paths = new Map();
  for (const account of found) {
    const group = paths.get(account.path) ?? [];
    group.push(account);
    paths.set(account.path, group);
  }
  const above = [...paths].map(([path, group]) => ({ units: unitsAbove(path), group }));
  const totals = new Map();
  for (const { units, group } of above) for (const unit of units) totals.set(unit, (totals.get(unit) ?? 0) + group.length);
  // An OU comes before those below it, and before its next sibling.
  const key = ({ units }) => units.at(-1).replaceAll("/", "\u0000");
  above.sort((a, b) => key(a) < key(b) ? -1 : 1);
  const made = [], seen = new Set();
  for (const { units, group } of above) {
    const hidden = units.findIndex(unit => collapsed.has(unit));
    const shown = hidden < 0 ? units : units.slice(0, hidden + 1);
    shown.forEach((unit, depth) => {
      if (!seen.has(unit)) made.push({ unit, depth, total: totals.get(unit) });
      seen.add(unit);
    });
    if (hidden < 0) for (const account of group) made.push(account);
  }
  return made;
}

function drawRows() {
  const box = $("accounts"), first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 10);
  const last = Math.min(lines.length, first + Math.ceil(box.clientHeight / HEIGHT) + 20);
  const pad = height => {
    const made = row(element("td"));
    made.className = "pad";
    made.firstChild.style.height = `${height}px`;
    return made;
  };
  redraw($("rows"), [pad(first * HEIGHT), ...lines.slice(first, last).map(line => line.unit === undefined ? accountRow(line) : unitRow(line)), pad((lines.length - last) * HEIGHT)]);
}

function unitRow({ unit, depth, total }) {
  const cell = element("td"), button = element("button", `${unit.split("/").at(-1)} (${number(total)})`, "plain");
  button.dataset.key = `OU ${unit}`;
  button.title = unit;
  button.setAttribute("aria-expanded", String(!collapsed.has(unit)));
  button.style.marginLeft = `${depth}rem`;
  cell.append(button);
  cell.colSpan = 3 + data.regions.length;
  const made = row(cell);
  made.className = "unit";
  made.onclick = () => toggle(unit);
  return made;
}

function accountRow(account) {
  const id = element("td"), button = element("button", account.id, "plain mono");
  button.dataset.key = account.id;
  id.append(button);
  const made = row(id, element("td", account.name), element("td", account.path, "nobody"), ...data.regions.map(region => {
    const kind = stateOf(region, account), cell = element("td", kind ? kind.label : "", kind?.style);
    if (kind?.message) cell.title = kind.message;
    return cell;
  }));
  made.onclick = () => open(account);
  return made;
}

// The account that the dialog shows. Whoever has more to show of it does so in `more`.
let opened = null, more = () => {};
function describe(account) {
  $("account-title").textContent = `${account.id} ${account.name}`;
  $("account-unit").textContent = account.path;
  $("account-rows").replaceChildren(...data.regions.map(region => {
    const kind = stateOf(region, account);
    return row(element("td", region.region), element("td", kind?.label ?? "", kind?.style), element("td", kind?.needs ?? ""), element("td", kind?.message ?? "", "wide"));
  }));
  more(account);
}
function open(account) {
  opened = account.id;
  describe(account);
  $("account").showModal();
}

for (const id of ["search", "region", "unit", "needs", "reason", "grouped"]) $(id).addEventListener("input", filter);
$("accounts").addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
addEventListener("resize", () => data && drawRows());
$("close").onclick = () => $("account").close();
if ($("data")) show(JSON.parse($("data").textContent));
