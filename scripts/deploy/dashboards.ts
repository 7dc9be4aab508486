import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { MetricName } from '../../src/observe/metric-catalogue.ts'

/** The dashboards of deploy/grafana, by file name. Every query is over metrics that Isthmus exports. */
export function dashboards(): ReadonlyMap<string, Dashboard> {
  return new Map([
    ['landscape', landscape()],
    ['flow', flow()],
    ['system', system()],
    ['process', processes()],
  ])
}

const source = { type: 'prometheus', uid: '$datasource' }
const at = 'job=~"$job"'

/** A query: its expression, and how its lines are called. */
type Query = readonly [expression: string, legend: string]

const rate = (name: MetricName, labels: string) => `rate(${name}{${labels}}[$__rate_interval])`
const quantile = (share: number, name: MetricName, by: string, labels: string) =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${name}_bucket{${labels}}[$__rate_interval])))`
const latest = (name: MetricName, labels: string) => `${name}{${labels}}`
/** Of what every member of a store tells alike: once. */
const once = (name: MetricName, by: string, labels: string) => `max by (job, ${by}) (${latest(name, labels)})`
/** Whoever works messages off knows best how many wait; of several, whoever is furthest behind. */
const backlog = (labels: string) => {
  const works = latest('isthmus_leases', `${at}, kind="partition"`)
  return `max by (job, flow) (${latest('isthmus_messages_backlog', labels)} and on (job, instance) (${works} > 0))`
}

function landscape(): Dashboard {
  return board('isthmus-landscape', 'Isthmus: landscape', [])
    .withRow(new RowBuilder('What is wrong'))
    .withPanel(
      stat('Alerts', [[`sum by (severity) (${latest('isthmus_alerts_firing', at)})`, '{{severity}}']], bad),
    )
    .withPanel(stat('Accepts messages', [[`min(${latest('isthmus_admission_open', at)})`, '']], good))
    .withPanel(
      stat(
        'Systems away',
        [[`sum(1 - min by (job, system) (${latest('isthmus_system_reachable', at)}))`, '']],
        bad,
      ),
    )
    .withPanel(stat('Parked', [[`sum(${once('isthmus_messages_parked', 'flow', at)})`, '']], warn))
    .withPanel(stat('In doubt', [[`sum(${once('isthmus_messages_in_doubt', 'flow', at)})`, '']], bad))
    .withPanel(
      stat(
        'Sagas that need a person',
        [[`sum(${once('isthmus_sagas_needing_person', 'saga', at)}) or vector(0)`, '']],
        bad,
      ),
    )
    .withRow(new RowBuilder('What moves'))
    .withPanel(
      lines('Accepted per second', 'cps', [
        [`sum by (flow) (${rate('isthmus_messages_accepted_total', at)})`, '{{flow}}'],
      ]),
    )
    .withPanel(
      lines('Ended per second', 'cps', [
        [`sum by (flow, outcome) (${rate('isthmus_messages_ended_total', at)})`, '{{flow}} {{outcome}}'],
      ]),
    )
    .withPanel(lines('Backlog', 'short', [[backlog(at), '{{flow}}']]))
    .withPanel(
      lines('Oldest of the backlog', 's', [
        [once('isthmus_messages_oldest_age_seconds', 'flow', at), '{{flow}}'],
      ]),
    )
    .withRow(new RowBuilder('Bridges'))
    .withPanel(
      lines('Messages per second over bridges', 'cps', [
        [`sum by (flow, system) (${rate('isthmus_bridge_items_total', at)})`, '{{flow}} → {{system}}'],
      ]),
    )
    .withPanel(
      lines('95 of 100 calls within', 's', [
        [quantile(0.95, 'isthmus_bridge_call_duration_seconds', 'flow, system', at), '{{flow}} → {{system}}'],
      ]),
    )
    .withPanel(grid('Conservation', [[latest('isthmus_flow_messages', at), '']]))
    .build()
}

function flow(): Dashboard {
  const of = `${at}, flow=~"$flow"`
  return board('isthmus-flow', 'Isthmus: flow', [['flow', 'isthmus_flow_paused']])
    .withRow(new RowBuilder('$flow'))
    .withPanel(
      stat('Accepted', [[`sum(${once('isthmus_flow_messages', 'flow', `${of}, state="accepted"`)})`, '']]),
    )
    .withPanel(stat('Ended', [[`sum(${once('isthmus_flow_messages', 'flow', `${of}, state="ended"`)})`, '']]))
    .withPanel(stat('In flight', [[`sum(${backlog(of)})`, '']]))
    .withPanel(stat('Parked', [[`sum(${once('isthmus_messages_parked', 'flow', of)})`, '']], warn))
    .withPanel(stat('In doubt', [[`sum(${once('isthmus_messages_in_doubt', 'flow', of)})`, '']], bad))
    .withPanel(stat('Paused', [[`max(${latest('isthmus_flow_paused', of)})`, '']], bad))
    .withPanel(
      lines('Accepted and ended per second', 'cps', [
        [`sum(${rate('isthmus_messages_accepted_total', of)})`, 'accepted'],
        [`sum by (outcome) (${rate('isthmus_messages_ended_total', of)})`, '{{outcome}}'],
      ]),
    )
    .withPanel(
      lines('From acceptance to the outcome', 's', [
        [quantile(0.5, 'isthmus_message_duration_seconds', 'flow', of), '{{flow}} half'],
        [quantile(0.95, 'isthmus_message_duration_seconds', 'flow', of), '{{flow}} 95 of 100'],
        [quantile(0.99, 'isthmus_message_duration_seconds', 'flow', of), '{{flow}} 99 of 100'],
      ]),
    )
    .withPanel(
      lines('Setbacks per second', 'cps', [
        [
          `sum by (fate, code) (${rate('isthmus_message_setbacks_total', of)}) or vector(0)`,
          '{{fate}} {{code}}',
        ],
      ]),
    )
    .withPanel(
      lines('The terms of conservation', 'short', [
        [latest('isthmus_flow_messages', `${of}, state!~"accepted|ended"`), '{{flow}} {{state}}'],
      ]),
    )
    .withPanel(
      lines('Calls per second', 'cps', [
        [`sum by (system) (${rate('isthmus_bridge_calls_total', of)})`, '{{system}}'],
      ]),
    )
    .withPanel(
      lines('Calls with errors per second', 'cps', [
        [
          `sum by (system, code) (${rate('isthmus_bridge_call_errors_total', of)}) or vector(0)`,
          '{{system}} {{code}}',
        ],
      ]),
    )
    .build()
}

function system(): Dashboard {
  const of = `${at}, system=~"$system"`
  return board('isthmus-system', 'Isthmus: system', [['system', 'isthmus_system_reachable']])
    .withRow(new RowBuilder('$system'))
    .withPanel(stat('Reachable', [[`min(${latest('isthmus_system_reachable', of)})`, '']], good))
    .withPanel(
      stat('Waits until it may be called', [[`sum(${latest('isthmus_system_waiting', of)})`, '']], warn),
    )
    .withPanel(
      stat('Sources that failed', [[`sum(${latest('isthmus_source_failed', of)}) or vector(0)`, '']], bad),
    )
    .withPanel(lines('Reachable', 'short', [[latest('isthmus_system_reachable', of), '{{system}}']]))
    .withPanel(
      lines('Calls and messages per second', 'cps', [
        [`sum by (system) (${rate('isthmus_system_calls_total', of)})`, '{{system}} calls'],
        [`sum by (system) (${rate('isthmus_system_items_total', of)})`, '{{system}} messages'],
      ]),
    )
    .withPanel(
      lines('Time until a call was answered', 's', [
        [quantile(0.5, 'isthmus_system_call_duration_seconds', 'system', of), '{{system}} half'],
        [quantile(0.95, 'isthmus_system_call_duration_seconds', 'system', of), '{{system}} 95 of 100'],
      ]),
    )
    .withPanel(
      lines('Calls with errors per second', 'cps', [
        [
          `sum by (system, code) (${rate('isthmus_system_call_errors_total', of)}) or vector(0)`,
          '{{system}} {{code}}',
        ],
      ]),
    )
    .withPanel(
      lines('Who calls it', 'cps', [
        [`sum by (flow) (${rate('isthmus_bridge_calls_total', of)})`, '{{flow}}'],
      ]),
    )
    .build()
}

function processes(): Dashboard {
  return board('isthmus-process', 'Isthmus: process', [])
    .withRow(new RowBuilder('The process'))
    .withPanel(
      stat('Runs since', [[`(time() - ${latest('process_start_time_seconds', at)})`, '']], undefined, 's'),
    )
    .withPanel(
      stat(
        'Disk left for the store',
        [[`min(${latest('isthmus_store_free_bytes', at)})`, '']],
        undefined,
        'bytes',
      ),
    )
    .withPanel(stat('What runs', [[latest('isthmus_info', at), '{{landscape}} {{version}}']]))
    .withPanel(
      lines('Processor', 'percentunit', [
        [rate('process_cpu_seconds_total', at), 'processor'],
        [latest('nodejs_eventloop_utilization', at), 'event loop'],
      ]),
    )
    .withPanel(
      lines('Memory', 'bytes', [
        [latest('process_resident_memory_bytes', at), 'resident'],
        [latest('nodejs_heap_size_total_bytes', at), 'heap'],
        [latest('nodejs_heap_size_used_bytes', at), 'heap in use'],
        [latest('nodejs_external_memory_bytes', at), 'outside the heap'],
      ]),
    )
    .withPanel(
      lines('Lag of the event loop', 's', [
        [latest('nodejs_eventloop_lag_mean_seconds', at), 'mean'],
        [latest('nodejs_eventloop_lag_p99_seconds', at), '99 of 100'],
        [latest('nodejs_eventloop_lag_max_seconds', at), 'most'],
      ]),
    )
    .withPanel(
      lines('Until it is durable', 's', [
        [quantile(0.95, 'isthmus_journal_sync_duration_seconds', 'job', at), 'accepted, 95 of 100'],
        [quantile(0.95, 'isthmus_settlement_duration_seconds', 'job', at), 'outcomes, 95 of 100'],
      ]),
    )
    .withPanel(
      lines('Messages made durable per second', 'cps', [
        [rate('isthmus_journal_messages_total', at), 'messages'],
      ]),
    )
    .withPanel(lines('Open files and connections', 'short', [[latest('process_open_fds', at), 'open']]))
    .withRow(new RowBuilder('The members of a store'))
    .withPanel(stat('Members', [[once('isthmus_members', 'role', at), '{{role}}']]))
    .withPanel(stat('Lost in ten minutes', [[`max(${latest('isthmus_members_lost', at)})`, '']], warn))
    .withPanel(stat('Held by nobody', [[once('isthmus_leases_unheld', 'kind', at), '{{kind}}']], bad))
    .withPanel(stat('All are sure', [[`min(${latest('isthmus_membership_sure', at)})`, '']], good))
    .withPanel(
      lines('Who holds how much', 'short', [[latest('isthmus_leases', at), '{{instance}} {{kind}}']]),
    )
    .withPanel(
      lines('What moved', 'short', [
        [`sum by (how) (increase(${latest('isthmus_lease_moves_total', at)}[$__rate_interval]))`, '{{how}}'],
      ]),
    )
    .withPanel(
      lines("Clocks off from the store's", 's', [
        [`abs(${latest('isthmus_clock_ahead_seconds', at)})`, '{{instance}}'],
      ]),
    )
    .build()
}

function board(
  uid: string,
  title: string,
  choices: readonly (readonly [label: string, metric: MetricName])[],
) {
  const links = new DashboardLinkBuilder('Isthmus')
    .type(DashboardLinkType.Dashboards)
    .tags(['isthmus'])
    .keepTime(true)
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['isthmus'])
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .link(links)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('job', 'isthmus_info'))
  for (const [label, metric] of choices) builder.withVariable(variable(label, metric, at))
  return builder
}

function variable(label: string, metric: MetricName, labels = '') {
  return new QueryVariableBuilder(label)
    .datasource(source)
    .query(`label_values(${metric}${labels === '' ? '' : `{${labels}}`}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' })
}

function queries(all: readonly Query[], instant: boolean) {
  return all.map(([expression, legend], n) => {
    const query = new DataqueryBuilder()
      .expr(expression)
      .legendFormat(legend || '__auto')
      .refId(String.fromCharCode(65 + n))
    return instant ? query.instant() : query.range()
  })
}

function lines(title: string, unit: string, all: readonly Query[]) {
  return new TimeBuilder()
    .title(title)
    .datasource(source)
    .unit(unit)
    .height(8)
    .span(12)
    .targets(queries(all, false))
    .min(0)
}

type Scale = readonly { readonly value: number | null; readonly color: string }[]

/** Anything above zero is wrong. */
const bad: Scale = [
  { value: null, color: 'green' },
  { value: 1, color: 'red' },
]
const warn: Scale = [
  { value: null, color: 'green' },
  { value: 1, color: 'orange' },
]
/** Anything below one is wrong. */
const good: Scale = [
  { value: null, color: 'red' },
  { value: 1, color: 'green' },
]

function stat(title: string, all: readonly Query[], scale?: Scale, unit = 'short') {
  const panel = new StatBuilder()
    .title(title)
    .datasource(source)
    .unit(unit)
    .height(4)
    .span(4)
    .targets(queries(all, true))
  if (!scale) return panel
  const steps = scale.map(step => ({ ...step }))
  return panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
}

function grid(title: string, all: readonly Query[]) {
  return new TableBuilder()
    .title(title)
    .datasource(source)
    .height(8)
    .span(24)
    .targets(queries(all, true).map(query => query.format('table' as never)))
}
