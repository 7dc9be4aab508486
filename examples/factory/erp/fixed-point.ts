/** Places of quantities, prices and money. */
export const quantityPlaces = 3
export const pricePlaces = 4
export const moneyPlaces = 2

/** The ERP keeps amounts as integers of their last place: `12.5` with 3 places is 12500. Undefined for anything else. */
export function toUnits(text: string | undefined, places: number): number | undefined {
  const parts = /^(\d{1,10})(?:\.(\d+))?$/.exec(text ?? '')
  const fraction = parts?.[2] ?? ''
  if (!parts || fraction.length > places) return undefined
  const units = Number(parts[1] + fraction.padEnd(places, '0'))
  return Number.isSafeInteger(units) ? units : undefined
}

export function fromUnits(units: number, places: number): string {
  const digits = String(units).padStart(places + 1, '0')
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`
}
