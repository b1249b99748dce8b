"use strict";
const SHOWN = 200; // Calls that stay on the page.
const KEPT = 240; // Changes of a Region's coverage that stay on the page.
const PAUSE = 1000;

// What the emulator has answered so far.
let cursor = "", order = [], organization = null;
const graphs = new Map(), units = [], known = [], kinds = [];

const seconds = time => time.slice(0, 19).replace("T", " ");
const answerOf = (status, error, fault) => {
  const cell = element("td", status ? `${status}${error ? ` ${error}` : ""}${fault ? " (fault)" : ""}` : "no answer (fault)");
  if (status >= 400 || status === 0) cell.className = "person";
  return cell;
};

async function call(path, method = "GET", body = undefined) {
  const response = await fetch(`/_emulator/${path}`, { method, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// Takes what has changed. Whether any of it is shown by the view.
function take(answer) {
  if (answer.anew) {
    graphs.clear();
    organization = null;
    for (const list of [units, known, kinds]) list.length = 0;
    $("lines").replaceChildren();
  }
  for (const [place, path] of answer.units ?? []) units[place] = path;
  for (const [place, account] of answer.accounts ?? []) known[place] = account;
  for (const [place, kind] of answer.kinds ?? []) kinds[place] = kind;
  for (const { summary, runs, states, changed } of answer.graphs ?? []) {
    const graph = graphs.get(summary.graphArn) ?? { runs: [], states: [] };
    Object.assign(graph, summary, { kinds, dryRun: false });
    graph.runs = [...graph.runs, ...runs].slice(-KEPT);
    graph.time = seconds(graph.runs.at(-1)[0]);
    if (states) graph.states = states;
    for (const [place, state] of changed ?? []) graph.states[place] = state;
    graphs.set(summary.graphArn, graph);
  }
  order = answer.order ?? order;
  organization = answer.organization ?? organization;
  return Boolean(answer.anew || answer.accounts || answer.graphs || answer.order || answer.organization);
}

// What the view shows: the organization and its graphs, with how many members of each have which status.
function dataOf() {
  const isManagement = id => id === organization?.managementAccountId;
  const note = graph => {
    const counts = new Map();
    for (const state of graph.states) {
      const status = kinds[state]?.status;
      if (status) counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    const statuses = [...counts].sort().map(([status, found]) => `${status} ${number(found)}`);
    return `${graph.organization ? "organization" : "invitation"} graph of ${graph.administrator}: ${statuses.join(", ") || "no members"}`;
  };
  const regions = order.map(arn => graphs.get(arn));
  for (const graph of regions) graph.note = note(graph);
  return {
    summary: `${organization ? `Organization ${organization.id}: ` : ""}${count(known.length, "account")}, ${count(regions.length, "behavior graph")}`,
    units, regions, accounts: known.map(([id, name, unit]) => [id, isManagement(id) ? `${name} (management)` : name, unit]),
  };
}

function drawFaults(faults) {
  $("faults").replaceChildren(...faults.map(({ fault, applied }) =>
    element("li", `${fault.operation ?? "every call"}: ${JSON.stringify(fault.effect)}, ${fault.times ? `${applied} of ${fault.times}` : applied} calls`)));
  $("clear").hidden = !faults.length;
}

function drawJournal(calls, total) {
  $("calls").textContent = `${number(total)} calls, newest first`;
  const offered = new Set([...$("operations").children].map(({ value }) => value));
  for (const [sequence, time, account, region, operation, status, error, fault] of calls) {
    const about = element("td"), button = element("button", account, "plain mono");
    if (account) about.append(button);
    button.onclick = () => openId(account);
    $("lines").prepend(row(element("td", number(sequence)), element("td", seconds(time)), about, element("td", region), element("td", operation), answerOf(status, error, fault)));
    const name = operation.split(":")[1];
    if (!offered.has(name)) {
      offered.add(name);
      $("operations").append(option(name, name));
    }
  }
  while ($("lines").rows.length > SHOWN) $("lines").deleteRow(-1);
}

function openId(id) {
  const account = accounts.find(account => account.id === id);
  if (account) open(account);
}

// The account's own history, below what it is in each Region.
more = async ({ id }) => {
  const history = await call(`accounts/${id}`).catch(() => null);
  if (opened !== id) return;
  if (history) $("account-unit").textContent = `${accounts.find(account => account.id === id).path}, ${history.state}`;
  const title = element("h3", "History"), box = element("div", undefined, "box"), table = element("table");
  title.id = "history-title";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-labelledby", title.id);
  const changes = (history?.changes ?? []).map(({ time, region, administrator, status, disabledReason }) =>
    [time, row(element("td", seconds(time)), element("td", region), element("td", `in the graph of ${administrator}`), element("td", status ? `${status}${disabledReason ? ` ${disabledReason}` : ""}` : "no member any more"))]);
  const calls = (history?.calls ?? []).map(([, time, account, region, operation, status, error, fault]) =>
    [time, row(element("td", seconds(time)), element("td", region), element("td", `${operation} by ${account}`), answerOf(status, error, fault))]);
  const lines = [...calls, ...changes];
  if (history?.joined) lines.push([history.joined, row(element("td", seconds(history.joined)), element("td"), element("td", "joined the organization"), element("td"))]);
  lines.sort(([a], [b]) => a < b ? 1 : a > b ? -1 : 0);
  table.append(...lines.map(([, line]) => line));
  box.append(table);
  const scrolled = $("account-more").querySelector(".box")?.scrollTop ?? 0;
  $("account-more").replaceChildren(title, box);
  box.scrollTop = scrolled;
};

let asking;
async function ask() {
  const answer = await call(`view?since=${cursor}`);
  cursor = answer.cursor;
  const changed = take(answer);
  $("now").textContent = seconds(answer.now);
  $("rate").textContent = answer.rate ? `(${number(answer.rate)} times as fast as real time)` : "(it stands still)";
  if (answer.faults) drawFaults(answer.faults);
  drawJournal(answer.journal ?? [], answer.calls);
  if (changed) show(dataOf());
  else if ($("account").open && answer.journal) more({ id: opened });
}

// One question at a time, and none while nobody looks.
async function refresh() {
  clearTimeout(refresh.timer);
  if (!document.hidden) {
    asking ??= ask().finally(() => { asking = undefined; });
    try {
      await asking;
      $("state").textContent = "";
    } catch (error) {
      $("state").textContent = `The emulator does not answer: ${error.message}`;
    }
  }
  clearTimeout(refresh.timer);
  refresh.timer = setTimeout(refresh, PAUSE);
}

// Does something, and states what was done or why not.
async function act(done, ...request) {
  try {
    await call(...request);
    $("done").textContent = done;
  } catch (error) {
    $("done").textContent = `Not done: ${error.message}`;
  }
  await asking?.catch(() => {});
  refresh();
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.onclick = () => act(`${button.textContent}: done.`, "clock", "POST", { advance: button.dataset.advance });
}
$("create").onsubmit = event => {
  event.preventDefault();
  const name = $("name").value;
  act(`${name} is being created; it takes a minute of virtual time.`, "accounts", "POST", { name });
};
$("inject").onsubmit = event => {
  event.preventDefault();
  const operation = $("operation").value, chosen = $("effect").value, times = Number($("times").value);
  const effect = chosen === "reset" ? { reset: { afterEffect: false } } : chosen === "late" ? { delayMs: 2000 } : { error: { code: chosen } };
  act(`The next ${count(times, "call")} of ${operation} will fail.`, "faults", "POST", { operation, times, effect });
};
$("clear").onclick = () => act("All faults are removed.", "faults", "DELETE");
$("grouped").checked = true;
document.addEventListener("visibilitychange", refresh);
refresh();
