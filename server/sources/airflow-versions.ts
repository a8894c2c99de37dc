import "server-only";
import type { AirflowAdapter } from "./airflow-adapter";
import { airflowV1 } from "./airflow-v1";
import { airflowV2 } from "./airflow-v2";

export const supportedVersions = "Airflow 2.7.2 to 2.11 and 3.0.6 to 3.3";

/** What Penstock makes of a version: `untested` is read all the same, `unsupported` is not. */
export interface AirflowSupport {
  state: "supported" | "untested" | "unsupported";
  adapter: AirflowAdapter | null;
}

const asNumber = (version: string) => {
  const [, major, minor, patch] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})/.exec(version) ?? [];
  return major === undefined ? null : Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch);
};
const at = (major: number, minor: number, patch = 0) => major * 1_000_000 + minor * 1_000 + patch;

const beforeTries = airflowV1({ hasTries: false });
const withTries = airflowV1({ hasTries: true });

/** Later 3.x minors keep API v2 compatible by Airflow's own promise, so they are read; of other versions nothing is known. */
export function supportOf(version: string | null): AirflowSupport {
  const number = version === null ? null : asNumber(version);
  if (number === null || number < at(2, 7, 2)) return { state: "unsupported", adapter: null };
  if (number < at(2, 10)) return { state: "supported", adapter: beforeTries };
  if (number < at(2, 12)) return { state: "supported", adapter: withTries };
  if (number < at(3, 0, 6) || number >= at(4, 0)) return { state: "unsupported", adapter: null };
  return { state: number < at(3, 4) ? "supported" : "untested", adapter: airflowV2 };
}
