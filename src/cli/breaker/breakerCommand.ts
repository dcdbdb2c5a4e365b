import type { Command } from "commander";
import type { Breaker } from "../../client/index.ts";
import { addByWhomFlags, type ByWhomFlags, byWhomOf } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  type ReadingFlags,
  readOptions,
} from "../flags.ts";
import { type Answer, humanTime, printAnswer } from "../output/print.ts";
import { handText } from "../queue/queueAnswer.ts";

/** `conclave breaker ...`: the circuit breakers of agents. */
export const registerBreaker: Register = (parent, context) => {
  const breaker = parent
    .command("breaker")
    .summary("circuit breakers of agents")
    .description("Shows circuit breakers, opens and resets them by hand.");
  registerList(breaker, context);
  registerReset(breaker, context);
  registerOpen(breaker, context);
};

function registerList(parent: Command, context: CliContext): void {
  const command = parent
    .command("list")
    .summary("list breakers")
    .description("Lists the breakers that are open, half-open, or remember failures.");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const breakers = await cluster.breakers.list({ ...limits, ...readOptions(flags) });
        printAnswer(context.io, flags.output, breakersAnswer(breakers, { breakers }));
      }),
    );
  });
}

function registerReset(parent: Command, context: CliContext): void {
  const command = parent
    .command("reset")
    .summary("close a breaker and forget its failures")
    .description("Makes an agent's breaker as new: closed, without a failure.")
    .argument("<agent>", "the agent");
  addOutputFlag(addClientFlags(addByWhomFlags(command)));
  command.action(async (agent: string, flags: ReadingFlags & ByWhomFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const breaker = await cluster.breakers.reset(agent, { ...limits, ...byWhomOf(flags) });
        printAnswer(context.io, flags.output, breakersAnswer([breaker], { breaker }));
      }),
    );
  });
}

function registerOpen(parent: Command, context: CliContext): void {
  const command = parent
    .command("open")
    .summary("open a breaker")
    .description("Opens an agent's breaker: nothing of the agent's is handed out any more.")
    .argument("<agent>", "the agent")
    .option("--for <DURATION>", "let one job try after this long (default: open until it is reset)");
  addOutputFlag(addClientFlags(addByWhomFlags(command)));
  command.action(async (agent: string, flags: ReadingFlags & ByWhomFlags & { readonly for?: string }) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const options = { ...limits, ...byWhomOf(flags), for: flags.for };
        const breaker = await cluster.breakers.open(agent, options);
        printAnswer(context.io, flags.output, breakersAnswer([breaker], { breaker }));
      }),
    );
  });
}

function breakersAnswer(breakers: readonly Breaker[], json: unknown): Answer {
  return {
    json,
    columns: [
      { title: "AGENT" },
      { title: "STATE" },
      { title: "FAILURES", align: "right" },
      { title: "OPENINGS", align: "right" },
      { title: "OPEN UNTIL" },
      { title: "BY HAND" },
      { title: "LAST ERROR" },
    ],
    rows: breakers.map((breaker) => [
      breaker.agent,
      breaker.state === "halfOpen" ? "half-open" : breaker.state,
      String(breaker.failures),
      String(breaker.openings),
      openUntil(breaker),
      handText(breaker.byHand),
      breaker.lastError === "" ? "-" : breaker.lastError,
    ]),
    note: `${breakers.length} ${breakers.length === 1 ? "breaker" : "breakers"}`,
  };
}

function openUntil({ state, openUntilMs }: Breaker): string {
  if (state !== "open") return "-";
  return openUntilMs === undefined ? "it is reset" : humanTime(openUntilMs);
}
