import { pino } from "pino";
import pretty from "pino-pretty";
import type { Logger } from "../base/logger.ts";
import type { NodeOptions } from "../cli/nodeOptions.ts";

export function makeLogger(options: NodeOptions): Logger {
  const settings = { level: options.logLevel, base: { node: options.id } };
  if (options.logFormat === "json") return pino(settings);
  return pino(settings, pretty({ sync: true, ignore: "pid,hostname" }));
}
