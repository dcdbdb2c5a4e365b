import { absenceMutants } from "./absenceMutants.ts";
import { contentMutants } from "./contentMutants.ts";
import { diskMutants } from "./diskMutants.ts";
import type { Mutant } from "./edits.ts";
import { electionMutants } from "./electionMutants.ts";
import { featureMutants } from "./featureMutants.ts";
import { driverMutants, machineMutants } from "./machineMutants.ts";
import { memberMutants } from "./memberMutants.ts";
import { fenceMutants, orderMutants } from "./orderMutants.ts";
import { raftMutants } from "./raftMutants.ts";
import { dutyMutants, sdkMutants } from "./sdkMutants.ts";

/** Every planted bug of the gate. */
export const mutants: readonly Mutant[] = [
  ...raftMutants,
  ...electionMutants,
  ...absenceMutants,
  ...machineMutants,
  ...featureMutants,
  ...driverMutants,
  ...memberMutants,
  ...diskMutants,
  ...sdkMutants,
  ...dutyMutants,
  ...contentMutants,
  ...fenceMutants,
  ...orderMutants,
];
