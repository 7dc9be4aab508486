import { type Model, modelId } from '../../model/model.ts'
import type { LandscapeProblem } from '../problem.ts'
import type { AggregateDefinition } from './definition.ts'

/** Every problem of an aggregate that can be found without running it. Types refuse most of them already. */
export function checkAggregate(
  definition: AggregateDefinition,
  flawOf: (model: Model) => string | undefined,
): LandscapeProblem[] {
  const { name, at, state, initial, events } = definition
  const problems: LandscapeProblem[] = []
  const report = (what: string, reason: string, remedy: string) =>
    void problems.push({ at, where: `aggregate ${name}, ${what}`, reason, remedy, level: 'error' })
  for (const [what, model] of [['state', state], ...Object.entries(events)] as const) {
    const flaw = flawOf(model)
    if (flaw !== undefined) report(`${what} (${modelId(model)})`, flaw, 'Mend its schema.')
  }
  if (flawOf(state) === undefined) {
    const fits = state.validate(initial)
    const shown = fits.ok
      ? ''
      : fits.problems.map(({ path, problem }) => `${path || 'it'} ${problem}`).join('; ')
    if (!fits.ok) report('initial', `it does not fit the state: ${shown}`, 'Change one of the two.')
  }
  checkUpcasts(definition, report)
  return problems
}

function checkUpcasts(
  { events, upcasts }: AggregateDefinition,
  report: (what: string, reason: string, remedy: string) => void,
): void {
  for (const [type, { version }] of Object.entries(events)) {
    const given = upcasts[type] ?? {}
    for (let from = 1; from < version; from++)
      if (!given[from])
        report(
          type,
          `its model has version ${version}, and what was stored as version ${from} could not be read`,
          `Give upcasts: { ${type}: { ${from}: data => ... } }, which makes data of version ${from + 1} of it.`,
        )
    for (const from of Object.keys(given).map(Number))
      if (!(from >= 1 && from < version))
        report(
          type,
          `there is an upcast from version ${from}, and its model has version ${version}`,
          'Raise the version of the model, or take the upcast away.',
        )
  }
  for (const type of Object.keys(upcasts))
    if (!Object.hasOwn(events, type))
      report(type, 'there is an upcast for it, and it is none of the events', 'Name one of the events.')
}
