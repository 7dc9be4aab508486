import { randomUUID } from 'node:crypto'
import { channelsOf } from '../../flow/flow.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { AlertState } from '../../observe/alerts/alert-state.ts'
import { defaultRules, rulesOf } from '../../observe/alerts/default-rules.ts'
import { alertText } from '../../observe/alerts/message.ts'
import { type Silence, silenceOf } from '../../observe/alerts/silence.ts'
import type { Log } from '../../observe/log.ts'
import type { StoreReader } from '../../store/store.ts'
import { alertHistory, endedAlerts, keptAlert } from '../alerts/alert-log.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { ChannelState } from '../alerts/channel-state.ts'
import type {
  Acknowledgement,
  AlertDetail,
  AlertList,
  AlertSilence,
  AlertView,
  ChannelTested,
  ChannelView,
  NewSilence,
  SilenceEnd,
  SilenceView,
} from './alert-schemas.ts'
import { refused } from './deciding.ts'
import type { AlertOperations } from './operations.ts'

const longestSilence = 30 * 86_400_000
const ranks = { critical: 0, warning: 1, info: 2 } as const
const recent = 50

/** Alerts of a running instance; of a stopped one what came to an end. */
export class LocalAlerts implements AlertOperations {
  readonly #landscape: Landscape | undefined
  readonly #reader: StoreReader
  readonly #log: Log
  readonly #running: () => Alerts | undefined

  constructor(options: {
    readonly landscape: Landscape | undefined
    readonly reader: StoreReader
    readonly log: Log
    running(): Alerts | undefined
  }) {
    this.#landscape = options.landscape
    this.#reader = options.reader
    this.#log = options.log
    this.#running = options.running
  }

  async list(): Promise<AlertList> {
    const alerts = this.#running()
    const ended = (await endedAlerts(this.#reader, recent)).map(state => this.#view(state))
    if (!alerts)
      return { alerts: [], recent: ended, silences: [], channels: [], problems: [{ code: 'not-running' }] }
    const causes = alerts.causes()
    const open = [...alerts.states.values()].filter(({ status }) => status !== 'resolved')
    const roots = open.filter(({ id }) => !causes.has(id)).sort(bySeverity)
    return {
      alerts: roots.map(root =>
        this.#view(
          root,
          open.filter(({ id }) => causes.get(id) === root.id),
        ),
      ),
      recent: ended,
      silences: await this.silences(),
      channels: alerts.channels.map(channelView),
      problems: problemsOf(alerts.channels),
    }
  }

  async show(id: string): Promise<AlertDetail | undefined> {
    const alerts = this.#running()
    const state = alerts?.states.get(id) ?? (await keptAlert(this.#reader, id))
    if (!state) return undefined
    const causes = alerts?.causes() ?? new Map<string, string>()
    const below = [...(alerts?.states.values() ?? [])].filter(each => causes.get(each.id) === id)
    const history = await alertHistory(this.#reader, id, 200)
    return {
      alert: this.#view(state, below),
      cause: causes.get(id),
      ...this.#concerned(state),
      history: history.map(({ version, at, type, data }) => ({ version, at, type, data })),
    }
  }

  async silence(id: string, order: AlertSilence): Promise<SilenceView> {
    this.#known(id)
    return this.addSilence({ ...order, match: { alert: id } })
  }

  async acknowledge(id: string, { by = 'local', why }: Acknowledgement): Promise<void> {
    const state = this.#known(id)
    if (state.status === 'resolved') throw refused(`Alert ${id} is over.`)
    await this.#mustRun().acknowledge(state, by, why)
    this.#decided('acknowledge', id, by, why)
  }

  async silences(): Promise<SilenceView[]> {
    return [...(this.#running()?.silences.values() ?? [])].sort((a, b) => a.until - b.until)
  }

  async addSilence({ match, by = 'local', why, until, order }: NewSilence): Promise<SilenceView> {
    const alerts = this.#mustRun()
    const from = Date.now()
    const known = order === undefined ? undefined : alerts.silences.get(order)
    if (known) return known
    if (Object.keys(match).length === 0) throw refused('A silence says what it is for.', 400)
    if (until <= from || until > from + longestSilence)
      throw refused('A silence ends in the future, and at most 30 days ahead.', 400)
    const silence: Silence = { id: order ?? randomUUID(), match, by, why, from, until }
    await alerts.silence(silence)
    this.#decided('silence', silence.id, by, why)
    return silence
  }

  async endSilence(id: string, { by = 'local' }: SilenceEnd): Promise<void> {
    const alerts = this.#mustRun()
    const silence = alerts.silences.get(id)
    if (!silence) throw refused(`There is no silence ${id}.`, 404)
    await alerts.endSilence(silence, by)
    this.#decided('end silence', id, by, undefined)
  }

  async test(channel: string): Promise<ChannelTested> {
    const tested = await this.#mustRun().test(channel)
    if (tested) return tested
    throw refused(`There is no alert channel ${channel}.`, 404)
  }

  #view(state: AlertState, consequences: readonly AlertState[] = []): AlertView {
    return {
      ...this.#about(state),
      consequences: [...consequences].sort(bySeverity).map(each => this.#about(each)),
    }
  }

  #about(state: AlertState): AlertView['consequences'][number] {
    const rule = rulesOf(this.#landscape ?? { alerts: [] }).find(({ name }) => name === state.rule)
    const silenced = silenceOf(state, this.#running()?.silences.values() ?? [], Date.now())
    const { calmSince: _, told, ...rest } = state
    return {
      ...rest,
      text: { en: alertText(rule, state, 'en'), zh: alertText(rule, state, 'zh') },
      metric: rule?.metric,
      above: rule?.above,
      below: rule?.below,
      silenced,
      told: Object.entries(told).map(([channel, each]) => ({ channel, ...each })),
      runbook: defaultRules.some(({ name }) => name === state.rule)
        ? `docs/alerts.md#${state.rule}`
        : undefined,
    }
  }

  #concerned({ labels }: AlertState): { readonly flows: string[]; readonly systems: string[] } {
    const { flow, system } = labels
    const flows = this.#landscape?.flows ?? []
    const used = flows.filter(({ name }) => name === flow).flatMap(channelsOf)
    const users = flows.filter(each => channelsOf(each).some(channel => channel.system === system))
    return {
      flows: [...new Set([...(flow === undefined ? [] : [flow]), ...users.map(({ name }) => name)])],
      systems: [
        ...new Set([...(system === undefined ? [] : [system]), ...used.map(channel => channel.system)]),
      ],
    }
  }

  #known(id: string): AlertState {
    const state = this.#mustRun().states.get(id)
    if (state) return state
    throw refused(`There is no alert ${id} that fires.`, 404)
  }

  #mustRun(): Alerts {
    const alerts = this.#running()
    if (alerts) return alerts
    throw refused('The instance does not run, and only it watches for alerts: start it.')
  }

  #decided(what: string, about: string, by: string, why: string | undefined): void {
    const text = `alert ${about}: ${what} by ${by}${why ? `: ${why}` : ''}`
    this.#log({ level: 'info', event: 'decided', text, fields: { alert: about, do: what, by, why } })
  }
}

function channelView({ channel: { name, options }, failing, lastSent, counts }: ChannelState): ChannelView {
  const { kind, language = 'en', atLeast = 'info' } = options
  return { name, kind, language, atLeast, failing, lastSent, ...counts }
}

function problemsOf(channels: readonly ChannelState[]): AlertList['problems'] {
  if (channels.length === 0) return [{ code: 'no-channel' }]
  return channels.flatMap(({ channel, failing }) =>
    failing ? [{ code: 'channel-failing' as const, channel: channel.name, reason: failing.reason }] : [],
  )
}

/** Those that fire before those that only may, then the most severe, then the oldest. */
function bySeverity(a: AlertState, b: AlertState): number {
  const fires = (state: AlertState) => (state.status === 'firing' ? 0 : 1)
  return fires(a) - fires(b) || ranks[a.severity] - ranks[b.severity] || a.since - b.since
}
