/**
 * Variants for adapters that were measured before: data, made with `deno task tune --out FILE`, which writes
 * the `variants` of an entry. Tests hold every variant to its bound, so nothing here can make a result wrong.
 */

import type { AdapterClass, AdapterDescription } from "../gpu/adapter.ts";

/** What was measured on one adapter. */
interface ShippedChoices {
  /** How the adapter's name begins. */
  readonly name: string;
  /** Its class. */
  readonly class: AdapterClass;
  /** Variant of each bucket. */
  readonly variants: Readonly<Record<string, string>>;
}

const SHIPPED: readonly ShippedChoices[] = [];

/** The variants that are shipped for an adapter, by bucket; none for one that was never measured. */
export function shippedVariants(adapter: AdapterDescription): Readonly<Record<string, string>> {
  const found = SHIPPED.find((entry) =>
    entry.class === adapter.class && adapter.name.startsWith(entry.name)
  );
  return found?.variants ?? {};
}
