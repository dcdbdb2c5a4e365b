import type { WorkerMessage } from "../../../src/generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage__Output } from "../../../src/generated/conclave/v1/WorkMessage.ts";
import type { ClientOracle, PendingCall } from "../checkers/clientOracle.ts";
import type { Operation } from "./history.ts";

/** Answers to a whole request after which some of it may yet have taken effect. */
const unknown = new Set(["OUTCOME_UNKNOWN", "ABORTED", "INTERNAL"]);
const kinds = ["complete", "fail", "extend", "release", "checkpoint", "progress"] as const;

/** What the SDK's worker says of its jobs on one stream, act by act, for the history: an act said again is another one. */
export class ActHistory {
  readonly #oracle: ClientOracle;
  readonly #client: string;
  readonly #open = new Map<number, readonly PendingCall[]>();

  constructor(oracle: ClientOracle, client: string) {
    this.#oracle = oracle;
    this.#client = client;
  }

  onSent({ acts }: WorkerMessage): void {
    if (!acts?.acts || acts.acts.length === 0) return;
    const calls = acts.acts.map((act) => {
      const op: Operation["op"] = kinds.find((kind) => act[kind]) ?? "extend";
      return this.#oracle.begin({
        client: this.#client,
        key: act.id ?? "",
        op,
        argument: { token: Number(act.fencingToken) },
      });
    });
    this.#open.set(Number(acts.requestId), calls);
  }

  onReceived({ acts }: WorkMessage__Output): void {
    if (!acts) return;
    const calls = this.#open.get(acts.requestId) ?? [];
    this.#open.delete(acts.requestId);
    calls.forEach((call, i) => {
      const result = acts.results[i];
      if (result !== undefined)
        call.returned(result.error === null ? { ok: true } : { ok: false, code: result.error.code });
      else if (acts.error !== null && !unknown.has(acts.error.code)) call.refused();
    });
  }
}
