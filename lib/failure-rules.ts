import { dataMeanings } from "./failure-meanings-data";
import { platformMeanings } from "./failure-meanings-platform";
import { dataRules } from "./failure-rules-data";
import { platformRules } from "./failure-rules-platform";
import type { FailureClass } from "./schemas/attempt";

/** What a class means to the reader: its title, the system that failed, whether the same thing again may work and why, and what to do next. */
export interface FailureMeaning {
  title: string;
  system: string;
  doesRetryHelp: "yes" | "no" | "unknown";
  retryReason: string;
  advice: string;
}

export const failureMeanings: Record<FailureClass, FailureMeaning> = { ...platformMeanings, ...dataMeanings };

export type FailurePlace = "stopped_reason" | "container_reason" | "glue_error" | "log";

/** A text that proves a class. `source` says who writes it; `places` are where it is proof, and nowhere else. */
export interface FailureRule {
  class: FailureClass;
  /** Linear: no quantifier around a quantifier, and every gap has a limit. */
  pattern: RegExp;
  places: FailurePlace[];
  /**
   * Which log lines it may prove by. By default those that are errors or do not say what they are; "error": words that ordinary lines hold too;
   * "any": words that nobody writes of a success, whatever the level.
   */
  levels?: "error" | "any";
  /** Airflow says it of itself, and does not repeat what a container or Glue run said. */
  isAirflows?: boolean;
  source: string;
}

/** In order of precedence on one line. */
export const failureRules: FailureRule[] = [...platformRules, ...dataRules];

/**
 * What Glue's own "Error Category" stands for, all of https://docs.aws.amazon.com/glue/latest/dg/monitor-observability.html. The decisive ones say
 * what failed; the others only where, so that a line of the log which proves more goes before them.
 */
export const glueCategories: Record<string, { class: FailureClass; isDecisive: boolean }> = {
  OUT_OF_MEMORY_ERROR: { class: "out_of_memory", isDecisive: true },
  DISK_NO_SPACE_ERROR: { class: "disk_full", isDecisive: true },
  THROTTLING_ERROR: { class: "aws_capacity", isDecisive: true },
  PERMISSION_ERROR: { class: "aws_permission", isDecisive: false },
  LAKEFORMATION_ERROR: { class: "aws_permission", isDecisive: false },
  GLUE_JOB_BOOKMARK_VERSION_MISMATCH_ERROR: { class: "glue_bookmark", isDecisive: true },
  SYNTAX_ERROR: { class: "glue_script", isDecisive: true },
  COMPILATION_ERROR: { class: "glue_script", isDecisive: true },
  IMPORT_ERROR: { class: "glue_script", isDecisive: true },
  INVALID_ARGUMENT_ERROR: { class: "glue_script", isDecisive: false },
  UNSUPPORTED_OPERATION_ERROR: { class: "glue_script", isDecisive: false },
  GLUE_VALIDATION_ERROR: { class: "glue_script", isDecisive: false },
  LAUNCH_ERROR: { class: "glue_script", isDecisive: false },
  QUERY_ERROR: { class: "glue_query", isDecisive: false },
  DATA_LAKE_FRAMEWORK_ERROR: { class: "glue_query", isDecisive: false },
  CONNECTION_ERROR: { class: "glue_connection", isDecisive: false },
  RESOURCE_NOT_FOUND_ERROR: { class: "data_not_found", isDecisive: false },
  GLUE_INTERNAL_SERVICE_ERROR: { class: "glue_service", isDecisive: true },
  GLUE_OPERATION_TIMEOUT_ERROR: { class: "glue_service", isDecisive: false },
  TIMEOUT_ERROR: { class: "glue_error", isDecisive: false },
  RESOURCES_ALREADY_EXISTS_ERROR: { class: "glue_error", isDecisive: false },
  SYSTEM_EXIT_ERROR: { class: "glue_error", isDecisive: false },
  S3_ERROR: { class: "glue_error", isDecisive: false },
  DYNAMODB_ERROR: { class: "glue_error", isDecisive: false },
  REDSHIFT_ERROR: { class: "glue_error", isDecisive: false },
  GLUE_ERROR: { class: "glue_error", isDecisive: false },
  UNCLASSIFIED_SPARK_ERROR: { class: "glue_error", isDecisive: false },
  UNCLASSIFIED_ERROR: { class: "glue_error", isDecisive: false },
};
