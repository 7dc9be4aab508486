import { IsthmusError, multiply } from 'isthmus'
import { decimal } from 'isthmus/clean'

export type BaseUnit = 'KG' | 'M' | 'PCS'

const baseUnits: Readonly<Record<string, { readonly base: BaseUnit; readonly factor: string }>> = {
  G: { base: 'KG', factor: '0.001' },
  KG: { base: 'KG', factor: '1' },
  T: { base: 'KG', factor: '1000' },
  M: { base: 'M', factor: '1' },
  PCS: { base: 'PCS', factor: '1' },
}

const threePlaces = decimal({ scale: 3 })

export function baseUnit(unit: string): BaseUnit {
  return lookUp(unit).base
}

/** The quantity in the base unit of `unit`, exact; more than 3 decimal places are refused, not rounded. */
export function inBaseUnit(quantity: string, unit: string): string {
  return threePlaces(multiply(quantity, lookUp(unit).factor))
}

function lookUp(unit: string) {
  const known = baseUnits[unit]
  if (known) return known
  const reason = `The unit ${unit} is not known: it is none of ${Object.keys(baseUnits).join(', ')}.`
  throw new IsthmusError('CLEAN-VALUE', `${reason} Correct the consumption in the MES.`)
}
