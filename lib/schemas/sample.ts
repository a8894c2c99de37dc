/** The environment of the simulated company: reserved, whether it is configured or not. */
export const sampleEnvironment = "sample";

export const isSample = (environment: string | undefined): boolean => environment === sampleEnvironment;
