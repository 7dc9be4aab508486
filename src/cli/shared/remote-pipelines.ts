import type { PipelineOperations } from '../../server/operations/operations.ts'
import type { RunDetail } from '../../server/operations/pipelines/pipeline-schemas.ts'
import { type Ask, noneFor404 } from './remote-sagas.ts'

export function remotePipelines(ask: Ask): PipelineOperations {
  const at = (pipeline: string) => `/pipelines/${encodeURIComponent(pipeline)}`
  const run = (pipeline: string, key: string) => `${at(pipeline)}/runs/${encodeURIComponent(key)}`
  return {
    list: () => ask('/pipelines'),
    runs: (pipeline, query) => ask(`${at(pipeline)}/runs`, query),
    run: async (pipeline, key) => {
      const found = ask<RunDetail>(run(pipeline, key)).then(one => [one])
      return (await found.catch(noneFor404))[0]
    },
    order: (pipeline, order) => ask(`${at(pipeline)}/run`, {}, order),
    backfill: (pipeline, order) => ask(`${at(pipeline)}/backfill`, {}, order),
    decide: (pipeline, key, order) => ask(`${run(pipeline, key)}/decision`, {}, order),
    rows: (pipeline, query) => ask(`${at(pipeline)}/rows`, query),
    record: (pipeline, query) => ask(`${at(pipeline)}/quality`, query),
    decideRows: (pipeline, order) => ask(`${at(pipeline)}/rows/decision`, {}, order),
    query: order => ask('/warehouse/query', {}, order),
  }
}
