export { startTestCluster, TestCluster, type TestClusterOptions, TestConnection } from "./testCluster.ts";
