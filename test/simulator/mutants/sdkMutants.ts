import { type Mutant, one } from "./edits.ts";

/** Of programs: what they do after they were stopped, started anew, or cut off. */
export const sdkMutants: readonly Mutant[] = [
  {
    name: "a worker begins what lay in its buffers for longer than its lease",
    edits: one(
      "client/jobRunner.ts",
      "if (!this.#accepting || full || claim.leaseEndsAt <= now) {",
      "if (!this.#accepting || full) {",
    ),
  },
  {
    name: "a worker goes on after its lease is over by its own clock",
    edits: one(
      "client/leaseKeeper.ts",
      "if (claim.leaseEndsAt <= now) {",
      "if (claim.leaseEndsAt + 60_000 <= now) {",
    ),
  },
  {
    name: "renewals that waited for longer than the lease are sent all the same",
    edits: one("client/actOutbox.ts", "if (act.outgoing.isMoot?.() === true) {", "if (bytes < 0) {"),
  },
  {
    name: "a new process goes on with the session of the last",
    edits: one(
      "client/workLink.ts",
      "readonly #session = randomInt(1, 2 ** 48 - 1);",
      "readonly #session = 7;",
    ),
  },
  {
    name: "the SDK does not miss a stream that breaks while nothing is under way on it",
    edits: one(
      "client/enqueuer.ts",
      "if (this.#stream === stream) this.#abandon(error);",
      "if (this.#stream === stream && this.#inFlight.size > 0) this.#abandon(error);",
    ),
  },
];

/** Of duties that only the leader has. */
export const dutyMutants: readonly Mutant[] = [
  {
    name: "a duty that was stopped past its leader's lease finds its signal unaborted",
    edits: one(
      "duties/leaseSignal.ts",
      "aborted: { get: () => this.look() },",
      "aborted: { get: () => this.#over },",
    ),
  },
  {
    name: "a duty is told the same term in each leadership",
    edits: one(
      "duties/leaderDuties.ts",
      "run: (term, signal) => duty(this.#context(name, term, signal)),",
      "run: (term, signal) => duty(this.#context(name, 7 as typeof term, signal)),",
    ),
  },
  {
    name: "a late duty enqueues in a later term of its node",
    edits: one("duties/leaderDuties.ts", "        signal.throwIfAborted();\n", ""),
  },
  {
    name: "a duty goes on while the successor is asked to take over",
    edits: one(
      "node/node.ts",
      "      onSucceeding: () => this.leading.look(),",
      "      onSucceeding: () => undefined,",
    ),
  },
  {
    name: "a duty that threw is not run again",
    edits: one(
      "duties/dutyRunner.ts",
      "    if (!failed) this.#ended(term, lease);",
      "    this.#ended(term, lease);",
    ),
  },
];
