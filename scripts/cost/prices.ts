import file from './prices.json' with { type: 'json' };

interface Tier {
  /** The quantity up to which this price holds; absent for the last. */
  upTo?: number;
  /** US dollars for {@link Price.per} units. */
  usd: number;
}

interface Price {
  /** What is charged. */
  of: string;
  unit: string;
  per: number;
  tiers: Tier[];
  /** The page that the price stands on, or where it can be looked up. */
  source: string;
  /** Whether the price was read on that page. */
  verified: boolean;
  /** The page's date. */
  dated?: string;
  note?: string;
}

type PriceName = keyof typeof file.prices;

/** The list prices of `prices.json`, by name. */
export const PRICES: Record<PriceName, Price> = file.prices;

/** Where and when the prices hold. */
export const { region: REGION, asOf: PRICES_AS_OF } = file;

/** One position of a bill. */
export interface BillLine {
  service: string;
  item: string;
  quantity: number;
  unit: string;
  usd: number;
}

/** What a month's quantity costs, in US dollars: every tier charges only what lies in it. */
export function chargeUsd({ per, tiers }: Price, quantity: number): number {
  let from = 0;
  let usd = 0;
  for (const tier of tiers) {
    const within = Math.min(quantity, tier.upTo ?? Number.POSITIVE_INFINITY) - from;
    if (within <= 0) break;
    usd += (within / per) * tier.usd;
    from += within;
  }
  return usd;
}

/** A position at list price. */
export function billLine(
  service: string,
  item: string,
  name: PriceName,
  quantity: number,
): BillLine {
  const price = PRICES[name];
  return { service, item, quantity, unit: price.unit, usd: chargeUsd(price, quantity) };
}

/** The sum of positions, in US dollars. */
export function totalUsd(lines: readonly BillLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}
