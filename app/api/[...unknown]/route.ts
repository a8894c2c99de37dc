import { refuseUnknown, route } from "@/server/route";

export const GET = route(refuseUnknown);
export const HEAD = GET;
export const POST = GET;
export const PUT = GET;
export const PATCH = GET;
export const DELETE = GET;
export const OPTIONS = GET;
