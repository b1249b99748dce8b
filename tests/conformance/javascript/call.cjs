// Calls operations of Detective with the AWS SDK for JavaScript. Standard input has {endpoint, account, region, calls}, each call
// an operation and its request; standard output gets the answer or the error of each.
const sdk = require("@aws-sdk/client-detective");

const {endpoint, account, region, calls} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const client = new sdk.DetectiveClient({
  endpoint, region, maxAttempts: 1, credentials: {accessKeyId: account, secretAccessKey: "any"},
});
// Times are the only texts with this form in requests.
const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
const revive = (_, value) => (typeof value === "string" && isTime.test(value) ? new Date(value) : value);

async function main() {
  const results = [];
  for (const {operation, request} of calls) {
    const command = new sdk[`${operation}Command`](JSON.parse(JSON.stringify(request), revive));
    try {
      const {$metadata, ...answer} = await client.send(command);
      results.push({status: $metadata.httpStatusCode, answer});
    } catch (error) {
      results.push({status: error.$metadata?.httpStatusCode, error: error.name, message: error.message,
                    modeled: error instanceof sdk.DetectiveServiceException && sdk[error.name] !== undefined});
    }
  }
  console.log(JSON.stringify({operations: Object.keys(sdk).filter((name) => /^[A-Z]\w*Command$/.test(name)), results}));
}

main();
