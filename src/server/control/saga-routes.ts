import { Type } from 'typebox'
import { refused } from '../operations/deciding.ts'
import {
  SagaDecision,
  SagaDetail,
  SagaKeyPath,
  SagaOptions,
  SagaPage,
  SagaPath,
  SagaQuery,
  SagaStart,
  SagaStarted,
} from '../operations/saga-schemas.ts'
import { type ControlRoute, route } from './route.ts'

export const sagaRoutes: readonly ControlRoute[] = [
  route('/api/v1/sagas', 'Sagas with their states, and what they wait for', {
    needs: 'view',
    query: SagaQuery,
    about: ({ query }) => ({ flow: query.saga }),
    answer: SagaPage,
    handle: ({ operations }, { query }) => operations.sagas.list(query),
  }),
  route('/api/v1/sagas/{saga}', 'Starts a saga', {
    needs: 'operate',
    params: SagaPath,
    about: ({ params }) => ({ flow: params.saga }),
    body: SagaStart,
    answer: SagaStarted,
    handle: ({ operations }, { params, body }) => operations.sagas.start(params.saga, body),
  }),
  route('/api/v1/sagas/{saga}/{key}', 'One saga, with everything that happened and what is known', {
    needs: 'payload',
    params: SagaKeyPath,
    about: ({ params }) => ({ flow: params.saga }),
    query: SagaOptions,
    answer: SagaDetail,
    handle: async ({ operations }, { params, query }) => {
      const found = await operations.sagas.show(params.saga, params.key, query.showPii)
      if (found) return found
      throw refused(`There is no saga ${params.saga}/${params.key}.`, 404)
    },
  }),
  route('/api/v1/sagas/{saga}/{key}/decision', 'Decides about one saga that asks, or needs a person', {
    needs: 'decide',
    params: SagaKeyPath,
    about: ({ params }) => ({ flow: params.saga }),
    body: SagaDecision,
    state: ({ operations }, { params }) => operations.sagas.show(params.saga, params.key, true),
    answer: Type.Object({}),
    handle: async ({ operations }, { params, body }) => {
      await operations.sagas.decide(params.saga, params.key, body)
      return {}
    },
  }),
]
