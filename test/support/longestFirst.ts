import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of more than ten seconds that are not among the largest, by which vitest goes when it remembers no durations. */
const long = [
  "cluster/schedules.test.ts",
  "cluster/everythingFails.test.ts",
  "cluster/leaderKilled.test.ts",
  "cluster/undeliveredClaims.test.ts",
  "simulator/simulator.test.ts",
  "disaster/cluster.test.ts",
];

/** A long file that begins last is waited for alone: on a fresh checkout as well those of `long` come first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => long.some((end) => moduleId.endsWith(end));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
