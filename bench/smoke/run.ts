/**
 * `npm run bench:smoke`: counts what fixed loads cost (entries, durable writes, LevelDB puts, messages, bytes, allocations)
 * and ends with 1 when a count is above its bound in bounds.json. Counts, unlike times, do not change with the machine.
 * After a change that is meant to cost more or less: `npm run bench:smoke -- --record`, and say why in the commit.
 */
import { parseArgs } from "node:util";
import { closeOnSignals } from "../processes/owned.ts";
import { Progress } from "../report/progress.ts";
import { shown } from "../report/table.ts";
import { judge, record } from "./bounds.ts";
import { count } from "./counts.ts";

const { values } = parseArgs({ options: { record: { type: "boolean", default: false } } });
closeOnSignals();
using progress = new Progress();
const counts = await count((share, text) => progress.show(share, text));
if (values.record) await record(counts);
const judged = await judge(counts);
for (const { name, value, bound } of judged) {
  const most = bound === undefined ? "" : `at most ${shown(bound.most)}`;
  progress.say(`${name.padEnd(82)}${shown(value).padStart(9)}  ${most}`);
}
const wrong = judged.filter((each) => each.wrong !== undefined);
for (const each of wrong) progress.say(`${each.name}: ${each.wrong}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
