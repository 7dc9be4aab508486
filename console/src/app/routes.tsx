import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { NotFound } from './not-found.tsx'
import { PageFailed } from './page-failed.tsx'
import { oneOf, searchOf, text, whole } from './search-params.ts'
import { Shell } from './shell.tsx'
import { SignedIn } from './signed-in.tsx'

/*
 * Every page is here, once: its address, what its search parameters may say, and where its code is loaded from. All
 * view state is in the address.
 */

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFailed })

const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: SignedIn })

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home/page.tsx'), 'Home'),
})

const shortLink = createRoute({
  getParentRoute: () => inside,
  path: 'k/$key',
  component: lazyRouteComponent(() => import('../pages/short-link/page.tsx'), 'ShortLink'),
})

const env = createRoute({ getParentRoute: () => inside, path: '/$env', component: Shell })

const envHome = createRoute({
  getParentRoute: () => env,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: `/${params.env}/landscape` as never })
  },
})

const landscape = createRoute({
  getParentRoute: () => env,
  path: 'landscape',
  validateSearch: searchOf({ sel: text, view: text }),
  component: lazyRouteComponent(() => import('../pages/landscape/page.tsx'), 'LandscapePage'),
})

const failures = createRoute({
  getParentRoute: () => env,
  path: 'failures',
  validateSearch: searchOf({
    by: oneOf('cause', 'flow', 'message'),
    flow: text,
    system: text,
    code: text,
    state: oneOf('parked', 'doubt'),
    group: text,
    sel: text,
  }),
  component: lazyRouteComponent(() => import('../pages/failures/page.tsx'), 'FailuresPage'),
})

const batch = createRoute({
  getParentRoute: () => env,
  path: 'failures/batch/$batch',
  component: lazyRouteComponent(() => import('../pages/batch/page.tsx'), 'BatchPage'),
})

const edit = createRoute({
  getParentRoute: () => env,
  path: 'messages/$key/edit',
  validateSearch: searchOf({ flow: text, seq: whole, hop: text }),
  component: lazyRouteComponent(() => import('../pages/edit/page.tsx'), 'EditPage'),
})

const sagas = createRoute({
  getParentRoute: () => env,
  path: 'sagas',
  validateSearch: searchOf({ state: text, saga: text, key: text }),
  component: lazyRouteComponent(() => import('../pages/sagas/page.tsx'), 'SagasPage'),
})

const saga = createRoute({
  getParentRoute: () => env,
  path: 'sagas/$saga/$key',
  validateSearch: searchOf({ step: text }),
  component: lazyRouteComponent(() => import('../pages/saga/page.tsx'), 'SagaPage'),
})

const indoubt = createRoute({
  getParentRoute: () => env,
  path: 'indoubt',
  validateSearch: searchOf({ gid: text }),
  component: lazyRouteComponent(() => import('../pages/indoubt/page.tsx'), 'InDoubtPage'),
})

const work = [failures, batch, edit, sagas, saga, indoubt]

const balance = createRoute({
  getParentRoute: () => env,
  path: 'balance',
  component: lazyRouteComponent(() => import('../pages/balance/page.tsx'), 'BalancePage'),
})

const modelSearch = searchOf({ q: text, field: text, depth: whole, direction: text })
const modelsPage = lazyRouteComponent(() => import('../pages/models/page.tsx'), 'ModelsPage')

const models = createRoute({
  getParentRoute: () => env,
  path: 'models',
  validateSearch: modelSearch,
  component: modelsPage,
})

const model = createRoute({
  getParentRoute: () => env,
  path: 'models/$model',
  validateSearch: modelSearch,
  component: modelsPage,
})

const pipelines = createRoute({
  getParentRoute: () => env,
  path: 'pipelines',
  component: lazyRouteComponent(() => import('../pages/pipelines/page.tsx'), 'PipelinesPage'),
})

const pipeline = createRoute({
  getParentRoute: () => env,
  path: 'pipelines/$pipeline',
  validateSearch: searchOf({ month: text, as: oneOf('calendar', 'strip', 'table') }),
  component: lazyRouteComponent(() => import('../pages/pipelines/pipeline.tsx'), 'PipelinePage'),
})

const run = createRoute({
  getParentRoute: () => env,
  path: 'pipelines/$pipeline/$run',
  component: lazyRouteComponent(() => import('../pages/pipelines/run.tsx'), 'RunPage'),
})

const quality = createRoute({
  getParentRoute: () => env,
  path: 'quality',
  validateSearch: searchOf({
    tab: oneOf('rows', 'checks', 'drift'),
    pipeline: text,
    table: text,
    code: text,
    step: text,
    run: text,
    state: oneOf('parked', 'fixed', 'repairing', 'repaired', 'discarded'),
    row: text,
  }),
  component: lazyRouteComponent(() => import('../pages/quality/page.tsx'), 'QualityPage'),
})

const data = [pipelines, pipeline, run, quality]

const messages = createRoute({
  getParentRoute: () => env,
  path: 'messages',
  validateSearch: searchOf({
    q: text,
    state: oneOf('ended', 'discarded', 'under way', 'failed'),
    flow: text,
  }),
  component: lazyRouteComponent(() => import('../pages/messages/page.tsx'), 'MessagesPage'),
})

const trace = createRoute({
  getParentRoute: () => env,
  path: 'messages/$key',
  validateSearch: searchOf({
    hop: text,
    step: text,
    tab: text,
    message: text,
    before: text,
    pii: text,
    from: whole,
  }),
  component: lazyRouteComponent(() => import('../pages/trace/page.tsx'), 'TracePage'),
})

const access = createRoute({
  getParentRoute: () => env,
  path: 'access',
  validateSearch: searchOf({
    tab: oneOf('me', 'accounts', 'roles', 'tokens', 'sessions'),
    account: text,
  }),
  component: lazyRouteComponent(() => import('../pages/access/page.tsx'), 'AccessPage'),
})

const audit = createRoute({
  getParentRoute: () => env,
  path: 'audit',
  validateSearch: searchOf({
    actor: text,
    object: text,
    action: text,
    outcome: oneOf('ok', 'denied', 'refused', 'failed'),
    operation: text,
    from: text,
    to: text,
    before: whole,
    no: whole,
  }),
  component: lazyRouteComponent(() => import('../pages/audit/page.tsx'), 'AuditPage'),
})

const alerts = createRoute({
  getParentRoute: () => env,
  path: 'alerts',
  component: lazyRouteComponent(() => import('../pages/alerts/page.tsx'), 'AlertsPage'),
})

const alert = createRoute({
  getParentRoute: () => env,
  path: 'alerts/$id',
  component: lazyRouteComponent(() => import('../pages/alerts/alert.tsx'), 'AlertPage'),
})

const workers = createRoute({
  getParentRoute: () => env,
  path: 'workers',
  validateSearch: searchOf({ member: text }),
  component: lazyRouteComponent(() => import('../pages/workers/page.tsx'), 'WorkersPage'),
})

const overTime = searchOf({ range: oneOf('15m', '24h') })

const flows = createRoute({
  getParentRoute: () => env,
  path: 'flows',
  component: lazyRouteComponent(() => import('../pages/flows/page.tsx'), 'FlowsPage'),
})

const flow = createRoute({
  getParentRoute: () => env,
  path: 'flows/$flow',
  validateSearch: overTime,
  component: lazyRouteComponent(() => import('../pages/flows/flow.tsx'), 'FlowPage'),
})

const systems = createRoute({
  getParentRoute: () => env,
  path: 'systems',
  component: lazyRouteComponent(() => import('../pages/systems/page.tsx'), 'SystemsPage'),
})

const system = createRoute({
  getParentRoute: () => env,
  path: 'systems/$system',
  validateSearch: overTime,
  component: lazyRouteComponent(() => import('../pages/systems/system.tsx'), 'SystemPage'),
})

const tree = root.addChildren([
  inside.addChildren([
    home,
    shortLink,
    env.addChildren([
      envHome,
      landscape,
      messages,
      trace,
      balance,
      models,
      model,
      access,
      audit,
      alerts,
      alert,
      workers,
      flows,
      flow,
      systems,
      system,
      ...work,
      ...data,
    ]),
  ]),
])

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: PageFailed,
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
