export type { FunctionSource, PollRequest } from "../duties/sourceTypes.ts";
export type { Duty, DutyContext, DutyEnqueued, DutyOptions, LeaderDuty } from "../duties/types.ts";
export { startTestCluster, TestCluster, type TestClusterOptions, TestConnection } from "./testCluster.ts";
