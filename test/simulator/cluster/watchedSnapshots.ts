import { ConclaveError } from "../../../src/base/errors.ts";
import type { SnapshotStaging, SnapshotStore } from "../../../src/node/ports.ts";
import type { Member } from "./member.ts";
import type { World } from "./world.ts";

type Header = Parameters<SnapshotStore["stage"]>[0];

/** A node's snapshots, with an eye on the ways that they take: begun, taken up again, given up, installed. */
export function watchedSnapshots(world: World, member: Member, store: SnapshotStore): SnapshotStore {
  let before: Header | null = null;
  const count = (what: string): void => world.coverage.count("snapshot", what);
  const told = async <Result>(what: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      count(`${what}: ${error instanceof ConclaveError ? error.code : "failed"}`);
      throw error;
    }
  };
  return {
    openSnapshot: () => store.openSnapshot(),
    discardStaged: () => {
      count("what was staged is thrown away");
      return store.discardStaged();
    },
    stage: async (header) => {
      const staging = await told("not staged", store.stage(header));
      if (before !== null && before.index !== header.index) count("a newer one in its place");
      before = header;
      return watchedStaging(staging, count, told);
    },
    install: async (snapshot) => {
      const { lost } = member;
      if (lost !== null) count(`installed to ${lost.startsWith("damaged") ? "repair" : "replace"} lost data`);
      await store.install(snapshot);
      count("installed, and on disk");
    },
  };
}

function watchedStaging(
  staging: SnapshotStaging,
  count: (what: string) => void,
  told: <Result>(what: string, work: Promise<Result>) => Promise<Result>,
): SnapshotStaging {
  let isFirst = true;
  return {
    get progress() {
      return staging.progress;
    },
    next: (maxBytes) => {
      const pull = staging.next(maxBytes);
      if (isFirst && pull !== null) {
        if (staging.progress.bytes > 0) count("taken up where it was");
        else count(pull.have === null ? "begun" : "begun over what was staged before");
      }
      isFirst = false;
      return pull;
    },
    put: async (pull, chunk) => {
      await told("chunk refused", staging.put(pull, chunk));
      count(chunk.same ? "chunk that was here already" : "chunk taken in");
    },
    complete: async () => {
      const header = await told("refused as a whole", staging.complete());
      count("whole and verified");
      return header;
    },
  };
}
