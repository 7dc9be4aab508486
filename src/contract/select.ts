import type { Contract, ContractModel } from './contract.ts'
import { referencesIn } from './sound-schema.ts'

/**
 * The channels whose name or origin fits one of the patterns, and the models that they reach; of a contract without
 * channels, the models themselves. In a pattern, `*` stands for any text; capitals do not matter.
 */
export function selected(contract: Contract, patterns: readonly string[]): Contract {
  const fits = fitting(patterns)
  const channels = contract.channels.filter(({ name, origin }) => fits(name) || fits(origin))
  const named = contract.channels.length === 0 ? contract.models.filter(({ name }) => fits(name)) : []
  const wanted = channels.flatMap(({ model, answer }) => [model, answer].filter(name => name !== undefined))
  const reached = reachedFrom([...named.map(({ name }) => name), ...wanted], contract.models)
  return { ...contract, channels, models: contract.models.filter(({ name }) => reached.has(name)) }
}

function fitting(patterns: readonly string[]): (text: string) => boolean {
  const parts = patterns.map(pattern => pattern.toLowerCase().split('*'))
  return text => parts.some(part => matches(text.toLowerCase(), part))
}

/** Whether the parts stand in the text one after another, the first at its begin and the last at its end. */
function matches(text: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** The models themselves and all that they refer to, directly or not. */
export function reachedFrom(names: readonly string[], models: readonly ContractModel[]): Set<string> {
  const byName = new Map(models.map(model => [model.name, model]))
  const reached = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    waiting.push(...referencesIn(byName.get(name)?.schema))
  }
  return reached
}
