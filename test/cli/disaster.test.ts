import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import type {
  BackupSummary,
  Inspection,
  OfflineTools,
  RecoveryReport,
} from "../../src/cli/disaster/types.ts";
import type { BackupPart } from "../../src/client/index.ts";
import { partsOf } from "../disaster/support/parts.ts";
import { jobRecord, metaRecord } from "../storage/support/records.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { run } from "./fakeIo.ts";

const summary: BackupSummary = {
  path: "today.backup",
  fileBytes: 1234,
  records: 26,
  jobs: 25,
  digest: "abc",
  clusterId: "old-1",
  index: 400,
  term: 7,
};
const report: RecoveryReport = {
  nodeId: "n1",
  clusterName: "old",
  clusterId: "old-2",
  formerClusterId: "old-1",
  members: ["n1"],
  index: 1_000_000_000_400,
  formerIndex: 400,
  logTime: 1_800_000_000_000,
  jobs: 25,
  entriesAbove: 3,
  keptIn: "before-recovery",
};
const inspection: Inspection = {
  nodeId: "n1",
  clusterName: "old",
  clusterId: "old-1",
  standing: "voter",
  members: ["n1", "n2", "n3"],
  term: 7,
  lastEntry: { index: 403, term: 7 },
  appliedIndex: 400,
  jobs: 25,
};

describe("backup", () => {
  let fake: FakeCluster;
  beforeEach(async () => {
    fake = await FakeCluster.start(3);
    const records = Array.from({ length: 25 }, (_, at) => jobRecord(`job-${String(at).padStart(3, "0")}`));
    const parts = partsOf([...records, metaRecord(400)]);
    for (const node of fake.nodes) {
      node.backup = (call) => {
        for (const part of parts as readonly BackupPart[]) call.write(part);
        call.end();
      };
    }
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  const backup = async (...flags: readonly string[]) => {
    const written: { path: string; parts: number; overwrite: boolean }[] = [];
    const writeBackup: OfflineTools["writeBackup"] = async (path, parts, { overwrite }) => {
      let count = 0;
      for await (const _ of parts) count++;
      written.push({ path, parts: count, overwrite });
      return summary;
    };
    const args = ["backup", "today.backup", "--endpoints", fake.endpoints.join(","), ...flags];
    return { ...(await run(args, { tools: { writeBackup } })), written };
  };

  test("hands every part to whoever writes the file, and prints what it holds", async () => {
    const { code, stdout, written } = await backup();
    expect(code).toBe(0);
    expect(written).toEqual([{ path: "today.backup", parts: 4, overwrite: false }]);
    for (const line of [/index +400\n/, /jobs +25\n/, /bytes +1234\n/, /sha-256 +abc\n/])
      expect(stdout).toMatch(line);
    const json = await backup("--force", "-o", "json");
    expect(JSON.parse(json.stdout)).toEqual(summary);
    expect(json.written).toMatchObject([{ overwrite: true }]);
  });

  test("never shows more than the total, though what comes has lengths between keys and values", async () => {
    const parts = partsOf([jobRecord("job-000"), metaRecord(400)]);
    for (const node of fake.nodes) {
      node.backup = (call) => {
        for (const part of parts as readonly BackupPart[]) call.write(part);
        call.end();
      };
    }
    const { stderr } = await backup();
    expect(stderr).toMatch(/^100% {2}(\d+ B) of \1\n$/);
  });

  test("--node and --stale, as for every read", async () => {
    await backup("--node", "n2");
    fake.elect(undefined);
    expect(await backup("--stale")).toMatchObject({ code: 0 });
    expect(fake.node(2).unaryCalls[0]).toBe("Backup");
  });

  test("what the writer says is the command's own end", async () => {
    const writeBackup = () => Promise.reject(new ConclaveError("BACKUP_INVALID", "not whole"));
    const args = ["backup", "f", "--endpoints", fake.endpoints.join(",")];
    expect(await run(args, { tools: { writeBackup } })).toMatchObject({
      code: 5,
      stderr: "conclave: BACKUP_INVALID: not whole\n",
    });
  });
});

describe("restore", () => {
  const peers = "n1=10.0.0.1:7500,n2=10.0.0.2:7500";
  const restore = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const asked: unknown[] = [];
    const tools: Partial<OfflineTools> = {
      restore: async ({ signal: _signal, ...options }) => {
        asked.push(options);
        return report;
      },
    };
    return { ...(await run(["restore", ...args], { tools, env })), asked };
  };

  test("asks for one node of the new cluster, and says how to start it", async () => {
    const { code, stdout, asked } = await restore(["f", "--id", "n1", "--data-dir", "d", "--peers", peers]);
    expect(code).toBe(0);
    expect(asked).toEqual([
      {
        file: "f",
        id: "n1",
        dataDir: "d",
        cluster: "",
        restoration: 1,
        peers: [
          { id: "n1", address: "10.0.0.1:7500" },
          { id: "n2", address: "10.0.0.2:7500" },
        ],
      },
    ]);
    expect(stdout).toContain(`conclave node --id n1 --data-dir d --cluster old --peers ${peers}`);
    expect(stdout).toMatch(/begins after +1000000000400\n/);
  });

  test("takes its settings from where a node has them", async () => {
    const env = { CONCLAVE_ID: "n2", CONCLAVE_DATA_DIR: "d", CONCLAVE_PEERS: peers, CONCLAVE_CLUSTER: "new" };
    const { asked } = await restore(["f", "--restoration", "2"], env);
    expect(asked).toMatchObject([{ id: "n2", dataDir: "d", cluster: "new", restoration: 2 }]);
  });

  test.each([
    [["f"], "has 3 mistakes"],
    [["f", "--id", "n4", "--data-dir", "d", "--peers", peers], '--id: "n4" is not among the peers (n1, n2)'],
    [["f", "--id", "n1", "--data-dir", "d", "--peers", "n1"], '--peers: "n1" must be'],
    [["f", "--restoration", "0"], "Give a whole number of at least 1."],
  ])("%j is refused, and nothing is done", async (args, message) => {
    const { code, stderr, asked } = await restore(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(asked).toEqual([]);
  });
});

describe("recover", () => {
  const flags = ["recover", "--id", "n1", "--data-dir", "d"];
  const recover = async (args: readonly string[], options: { stdin?: string; isTTY?: boolean } = {}) => {
    const asked: unknown[] = [];
    const tools: Partial<OfflineTools> = {
      recover: async ({ signal: _signal, ...rest }) => {
        asked.push(rest);
        return report;
      },
      inspect: async () => inspection,
    };
    return { ...(await run(args, { tools, ...options })), asked };
  };

  test("tells what is lost, and waits for the word", async () => {
    const { code, stderr, stdout, asked } = await recover(flags, { isTTY: true, stdin: "recover\nmore" });
    expect(stderr).toMatch(/last entry +term 7, index 403\n/);
    expect(stderr).toContain("No other node of the old cluster may ever be started again on its old data");
    expect(stderr).toContain("Lost is what was acknowledged by a majority that this node was not part of");
    expect(asked).toEqual([{ id: "n1", dataDir: "d", cluster: "" }]);
    expect(stdout).toContain("3 entries that were not known to be committed");
    expect(code).toBe(0);
  });

  test.each(["yes\n", "\n", "Recover it\n", ""])(
    "any other answer (%j) leaves all as it is",
    async (stdin) => {
      const { code, asked } = await recover(flags, { isTTY: true, stdin });
      expect(asked).toEqual([]);
      expect(code).toBe(130);
    },
  );

  test("where nobody can be asked, --yes is needed", async () => {
    const { code, stderr, asked } = await recover(flags, { stdin: "recover\n" });
    expect(stderr).toContain("INVALID_ARGUMENT: nobody can be asked here: say --yes");
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect((await recover([...flags, "--yes"])).asked).toHaveLength(1);
  });

  test("JSON alone goes to stdout", async () => {
    const { stdout } = await recover([...flags, "-o", "json"], { isTTY: true, stdin: "recover\n" });
    expect(JSON.parse(stdout)).toEqual(report);
  });
});

describe("inspect", () => {
  const inspect = (args: readonly string[]) =>
    run(["inspect", ...args], { tools: { inspect: async () => inspection } });

  test("shows what a directory holds, and how to choose by it", async () => {
    const { stdout, code } = await inspect(["--data-dir", "d"]);
    expect(stdout).toMatch(/standing +voter\n/);
    expect(stdout).toMatch(/jobs +25 as of the checkpoint\n/);
    expect(stdout).toContain("recover the one whose last entry has the highest term");
    expect(code).toBe(0);
    expect(JSON.parse((await inspect(["--data-dir", "d", "-o", "json"])).stdout)).toEqual(inspection);
  });

  test("needs no id, but a directory", async () => {
    const { stderr, code } = await inspect([]);
    expect(stderr).toContain("dataDir: missing");
    expect(code).toBe(2);
  });
});
