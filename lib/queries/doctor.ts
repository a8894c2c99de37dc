import { apiPaths } from "@/lib/paths";
import type { DoctorReport } from "@/lib/schemas/doctor";
import { api } from "./api";

/** Calls every system that Penstock needs: asked for by a person, never by a page. */
export const examine = () => api.post<DoctorReport>(apiPaths.doctor, {}, {});
