import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { PeerIncarnations } from "../../src/storage/peerIncarnations.ts";
import { writeSealed } from "../../src/storage/sealedFile.ts";
import { WriteFuse } from "../../src/storage/writeFuse.ts";
import { temporaryFolder } from "./support/temporary.ts";

const [n2, n3] = [NodeId("n2"), NodeId("n3")];
const [founding, taken] = [LogIndex(0), LogIndex(7)];
const [x, y, z] = ["x", "y", "z"].map(Incarnation) as [Incarnation, Incarnation, Incarnation];

async function fresh(): Promise<{ path: string; peers: PeerIncarnations }> {
  const path = join(temporaryFolder(), "peers.json");
  await PeerIncarnations.create(path);
  return { path, peers: await opened(path) };
}

function opened(path: string): Promise<PeerIncarnations> {
  return PeerIncarnations.open(path, new WriteFuse());
}

describe("the incarnations of peers", () => {
  it("are remembered durably, and no second one of the same member is taken (bug 29)", async () => {
    const { path, peers } = await fresh();
    expect(peers.known(n2, founding)).toBeNull();
    await Promise.all([peers.remember(n2, founding, x), peers.remember(n3, founding, y)]);
    await peers.remember(n2, founding, x);
    const again = await opened(path);
    expect([again.known(n2, founding), again.known(n3, founding)]).toEqual([x, y]);
    await expect(again.remember(n2, founding, z)).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
      message: expect.stringMatching(/n2 is known as incarnation x and now comes as z.*--join and --rejoin/),
    });
    expect(again.known(n2, founding)).toBe(x);
  });

  it("of a member that was taken in again begin anew; what it was returns if that entry is cut off", async () => {
    const { path, peers } = await fresh();
    await peers.remember(n2, founding, x);
    expect(peers.known(n2, taken)).toBeNull();
    await peers.remember(n2, taken, y);
    const again = await opened(path);
    expect([again.known(n2, taken), again.known(n2, founding)]).toEqual([y, x]);
    await expect(again.remember(n2, founding, y)).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
  });

  it("are forgotten of those that are no members, and of what members were before", async () => {
    const { path, peers } = await fresh();
    await peers.remember(n2, founding, x);
    await peers.remember(n2, taken, y);
    // Taken in by an entry that is not committed yet.
    await peers.remember(n2, LogIndex(9), z);
    await peers.remember(n3, founding, z);
    await peers.forgetOthers(new Map([[n2, taken]]));
    for (const each of [peers, await opened(path)]) {
      expect([each.known(n2, founding), each.known(n2, taken), each.known(n2, LogIndex(9))]).toEqual([
        null,
        y,
        z,
      ]);
      expect(each.known(n3, founding)).toBeNull();
    }
    await peers.remember(n3, founding, x);
    expect(peers.known(n3, founding)).toBe(x);
  });

  it("of a release that knew only founding members are read", async () => {
    const { path } = await fresh();
    await writeSealed(path, { peers: { n2: "x", n3: "y" } });
    const peers = await opened(path);
    expect([peers.known(n2, founding), peers.known(n3, founding), peers.known(n2, taken)]).toEqual([
      x,
      y,
      null,
    ]);
    await expect(peers.remember(n2, founding, z)).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
  });
});
