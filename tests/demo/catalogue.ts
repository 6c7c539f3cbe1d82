/**
 * What the shop sells.
 *
 * @module
 */

/** One product. */
export interface Product {
  /** Stock keeping unit. */
  sku: string;
  /** Price of one, in euro cents. */
  unit_price_cents: number;
}

/** All products. */
export const CATALOGUE: readonly Product[] = [
  { sku: "espresso-beans-1kg", unit_price_cents: 2490 },
  { sku: "filter-papers-100", unit_price_cents: 490 },
  { sku: "hand-grinder", unit_price_cents: 6900 },
  { sku: "gooseneck-kettle", unit_price_cents: 5450 },
  { sku: "milk-jug-350ml", unit_price_cents: 1890 },
  { sku: "cup-porcelain", unit_price_cents: 1250 },
  { sku: "descaler-500ml", unit_price_cents: 990 },
];
