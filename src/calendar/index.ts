export { Calendar, type Timetable } from "./calendar.ts";
export type { FieldNames } from "./cronExpression.ts";
