/** State folder of the platform under trial: PENSTOCK_STATE names one that runs already; null until one is started. */
let state = process.env.PENSTOCK_STATE ?? null;

export const platformState = () => state;

export function choosePlatform(folder: string): void {
  state = folder;
}
