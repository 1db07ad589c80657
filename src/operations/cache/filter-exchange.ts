/** Whether one exchange passes the filters of a question; the same meaning as in the ledger's reports. */
import { formatInstant } from "../../base/index.ts";
import type { Exchange, Filter, PlainDimension } from "../../stores/contracts/index.ts";

export function passes(exchange: Exchange, filters: readonly Filter[]): boolean {
  return filters.every(({ dimension, comparison, value }) => {
    const own = dimension.startsWith("tag:")
      ? (exchange.opened.attributes.tags[dimension.slice("tag:".length)] ?? null)
      : dimensionOf(exchange, dimension as PlainDimension);
    return (own === value) === (comparison === "is");
  });
}

function dimensionOf({ opened, settled }: Exchange, dimension: PlainDimension): string | null {
  const { attributes } = opened;
  const time = formatInstant(opened.at);
  switch (dimension) {
    case "model":
      return settled?.modelServed ?? opened.modelAsked;
    case "user-type":
      return attributes.userType;
    case "outcome":
      return settled?.outcome ?? "open";
    case "hour":
      return `${time.slice(0, 13)}:00Z`;
    case "hour-of-day":
      return time.slice(11, 13);
    case "day":
      return time.slice(0, 10);
    case "source":
      return opened.imported?.source ?? "gateway";
    case "endpoint":
    case "user":
    case "team":
    case "key":
    case "session":
    case "client":
      return attributes[dimension];
    default:
      return dimension satisfies never;
  }
}
