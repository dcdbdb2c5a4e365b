import { ClusterId, NodeId } from "../../../src/base/brands.ts";
import { decodeRecord, encodeRecord } from "../../../src/codec/record.ts";
import type { Membership } from "../../../src/raft/types.ts";
import { DataDirectory, type DataDirectoryOptions } from "../../../src/storage/dataDirectory.ts";
import { encodeOldRecord } from "../../support/oldRecord.ts";
import { shown } from "./entries.ts";

const voters = ["n1", "n2", "n3"].map((id) => NodeId(id));
export const membership: Membership = { voters, outgoing: [], learners: [] };

export function openDirectory(
  path: string,
  overrides: Partial<DataDirectoryOptions> = {},
): Promise<DataDirectory> {
  return DataDirectory.open({
    path,
    clusterId: ClusterId("test-1"),
    clusterName: "test",
    nodeId: NodeId("n1"),
    membership,
    codec: { encode: encodeRecord, decode: decodeRecord },
    ...overrides,
  });
}

/** Lines of `contentOf` before those of records and entries. */
export const ownLines = 4;

/** All that a directory holds, as text lines that can be compared. Opens and closes it. */
export async function contentOf(path: string): Promise<readonly string[]> {
  const directory = await openDirectory(path, { markerIntervalMs: 3_600_000 });
  try {
    const { identity, restored, log } = directory;
    const lines = [
      JSON.stringify(identity),
      JSON.stringify(restored.hardState),
      JSON.stringify(restored.configuration),
      JSON.stringify(log.compacted),
    ];
    for await (const slice of directory.records.load()) {
      for (const record of slice) lines.push(Buffer.from(encodeOldRecord(record)).toString("hex"));
    }
    const first = log.compacted.index + 1;
    if (first <= log.lastEntry.index) {
      const all = await log.read(
        first as typeof log.lastEntry.index,
        log.lastEntry.index,
        Number.POSITIVE_INFINITY,
      );
      lines.push(...all.map(shown));
    }
    return lines;
  } finally {
    await directory.close();
  }
}
