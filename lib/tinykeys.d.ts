/** The package has types that its own `exports` hide. */
declare module "tinykeys" {
  export function tinykeys(target: Window | HTMLElement, bindings: Record<string, (event: KeyboardEvent) => void>): () => void;
}
