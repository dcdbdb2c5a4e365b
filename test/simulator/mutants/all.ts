import { absenceMutants } from "./absenceMutants.ts";
import { contentMutants } from "./contentMutants.ts";
import { diskMutants } from "./diskMutants.ts";
import { electionMutants } from "./electionMutants.ts";
import { featureMutants } from "./featureMutants.ts";
import { driverMutants, machineMutants } from "./machineMutants.ts";
import { memberMutants } from "./memberMutants.ts";
import { type Mutant, raftMutants } from "./mutants.ts";
import { fenceMutants, orderMutants } from "./orderMutants.ts";
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
