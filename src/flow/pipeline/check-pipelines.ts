import { type Model, modelId } from '../../model/model.ts'
import type { Landscape } from '../landscape.ts'
import type { LandscapeProblem } from '../problem.ts'
import { type Pipeline, pipelineChannels } from './pipeline.ts'
import { tablesIn } from './sql-model.ts'

/** What of the pipelines of a landscape cannot work. `flawOf` says what is wrong with a model, if something is. */
export function checkPipelines(
  landscape: Landscape,
  flawOf: (model: Model) => string | undefined,
): LandscapeProblem[] {
  const { pipelines } = landscape
  return [...doubledTables(pipelines), ...pipelines.flatMap(each => checkPipeline(landscape, each, flawOf))]
}

/** A table is made by one pipeline. */
function doubledTables(pipelines: readonly Pipeline[]): LandscapeProblem[] {
  const makers = new Map<string, Pipeline>()
  return pipelines.flatMap(pipeline =>
    pipeline.tables.flatMap(({ system, name, at }) => {
      const maker = makers.get(`${system}.${name}`)
      makers.set(`${system}.${name}`, pipeline)
      if (!maker) return []
      const reason = `pipelines ${maker.name} and ${pipeline.name} both make it`
      return [
        problem(at, `table ${system}.${name}`, reason, 'Let one of them make it, and the other read it.'),
      ]
    }),
  )
}

function checkPipeline(
  { systems, pipelines }: Landscape,
  pipeline: Pipeline,
  flawOf: (model: Model) => string | undefined,
): LandscapeProblem[] {
  const where = `pipeline ${pipeline.name}`
  const { at } = pipeline
  const known = new Set(systems.map(({ name }) => name))
  const used = [pipeline.system, ...pipelineChannels(pipeline).map(({ system }) => system)]
  const missing = [...new Set(used)].filter(system => !known.has(system))
  const made = new Set(
    pipelines.flatMap(({ tables }) => tables.map(({ system, name }) => `${system}.${name}`)),
  )
  const read = pipeline.tables.flatMap(({ from }) => (from.kind === 'sql' ? tablesIn(from) : []))
  const strange = read.filter(({ system, name }) => !made.has(`${system}.${name}`))
  const strangers = pipeline.after.filter(each => !pipelines.includes(each))
  const flaws = pipeline.tables.flatMap(({ model, name }) => {
    const flaw = flawOf(model)
    return flaw === undefined ? [] : [{ name, flaw: `${modelId(model)}: ${flaw}` }]
  })
  return [
    ...missing.map(system =>
      problem(
        at,
        where,
        `system "${system}" is not in the landscape`,
        'Add it to landscape({ systems: [...] }).',
      ),
    ),
    ...strange.map(({ name }) =>
      problem(
        at,
        where,
        `its queries read ${name}, which no pipeline makes`,
        'Add it to the tables of a pipeline.',
      ),
    ),
    ...strangers.map(({ name }) =>
      problem(
        at,
        where,
        `it runs after ${name}, which is not in the landscape`,
        'Add it to landscape({ pipelines }).',
      ),
    ),
    ...flaws.map(({ name, flaw }) =>
      problem(at, `${where}, table ${name}`, flaw, 'Mend the schema of its model.'),
    ),
  ]
}

function problem(at: string | undefined, where: string, reason: string, remedy: string): LandscapeProblem {
  return { at, where, reason, remedy, level: 'error' }
}
