import { controlCall } from "./platform";

/** Takes actions from the dashboard's roles, as IAM names them, until the next call. */
export const denyActions = (...actions: string[]) =>
  controlCall(
    "PUT",
    "/denials",
    actions.map((action) => ({ action })),
  );

export const allowAll = () => controlCall("PUT", "/denials", []);
