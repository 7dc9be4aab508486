import { reasonOf } from '../../errors.ts'
import type { AlertRule } from '../../flow/alert.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { AlertState } from '../../observe/alerts/alert-state.ts'
import { causesOf, type Uses, usesOf } from '../../observe/alerts/causes.ts'
import { rulesOf } from '../../observe/alerts/default-rules.ts'
import { evaluate } from '../../observe/alerts/evaluate.ts'
import { needed, type Reading } from '../../observe/alerts/measured.ts'
import { alertText, composed, type MessageGround, testMessage } from '../../observe/alerts/message.ts'
import { type Notice, noticesFor } from '../../observe/alerts/notices.ts'
import { isActive, type Silence } from '../../observe/alerts/silence.ts'
import type { Log } from '../../observe/log.ts'
import { MetricReading, type MetricSink } from '../../observe/prometheus-text.ts'
import type { Append, Appended, StoreReader } from '../../store/store.ts'
import type { Setting } from '../../system/setting.ts'
import { AlertLog } from './alert-log.ts'
import { ChannelState } from './channel-state.ts'

export interface AlertsOptions {
  readonly landscape: Landscape
  readonly reader: StoreReader
  append(append: Append): Promise<Appended>
  measure(sink: MetricSink): Promise<void>
  /** Throws CONFIG-MISSING. */
  resolve(setting: Setting, channel: string): string
  readonly log: Log
  readonly consoleUrl: string | undefined
  /** Milliseconds from one look to the next. */
  readonly every: number
}

/** Watches what is measured, keeps what fires, and tells the channels. */
export class Alerts {
  readonly rules: readonly AlertRule[]
  readonly channels: readonly ChannelState[]
  readonly silences = new Map<string, Silence>()
  /** Those that are pending or fire, and those that are over while not every channel knows. */
  states: ReadonlyMap<string, AlertState> = new Map()
  readonly #options: AlertsOptions
  readonly #log: AlertLog
  readonly #uses: Uses
  readonly #ground: MessageGround
  #readings: readonly Reading[] = []
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: AlertsOptions) {
    const { landscape, log, reader, append, consoleUrl } = options
    this.#options = options
    this.rules = rulesOf(landscape)
    this.#uses = usesOf(landscape.flows)
    const rules = new Map(this.rules.map(rule => [rule.name, rule]))
    this.#ground = { landscape: landscape.name, consoleUrl, rules }
    this.channels = landscape.alertChannels.map(
      channel =>
        new ChannelState({
          channel,
          resolve: setting => options.resolve(setting, channel.name),
          now: () => Date.now(),
        }),
    )
    const onFailure = (error: unknown) =>
      log({ level: 'warn', event: 'alert', text: `An alert could not be recorded: ${reasonOf(error)}` })
    this.#log = new AlertLog({ reader, append, onFailure })
  }

  /** Takes up what an earlier process left, and begins to watch. */
  async start(): Promise<void> {
    this.states = new Map((await this.#log.openAlerts()).map(state => [state.id, state]))
    for (const silence of await this.#log.openSilences()) this.silences.set(silence.id, silence)
    this.#plan()
  }

  /** What is being recorded is recorded to its end. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#log.close()
  }

  causes(): ReadonlyMap<string, string> {
    return causesOf(this.states.values(), this.#uses)
  }

  /** Looks once. */
  async look(): Promise<void> {
    const reading = new MetricReading()
    await this.#options.measure(reading)
    if (this.#stopped) return
    const now = Date.now()
    const readings = [...this.#readings, { at: now, samples: reading.samples }]
    this.#readings = needed(readings, this.rules, now)
    const { states, changes } = evaluate(this.rules, readings, this.states, now)
    const over = [...this.states.values()].filter(
      ({ id, status }) => status === 'resolved' && !states.has(id),
    )
    this.states = new Map([...over.map(state => [state.id, state] as const), ...states])
    for (const { to, state } of changes) {
      if (to === 'resolved' && this.#isToBeTold(state)) this.#set(state)
      void this.#log.alert(state, { type: to, data: { value: state.value } }, now, this.states.has(state.id))
      this.#logged(to, state)
    }
    this.#expire(now)
    for (const channel of this.channels) this.#tell(channel, now)
  }

  /** Somebody has it. */
  async acknowledge(state: AlertState, by: string, why: string | undefined): Promise<void> {
    const at = Date.now()
    const acknowledged = { by, at, ...(why !== undefined && { why }) }
    const next = { ...state, acknowledged }
    this.#set(next)
    await this.#log.alert(next, { type: 'acknowledged', data: { by, why } }, at, true)
  }

  async silence(silence: Silence): Promise<void> {
    this.silences.set(silence.id, silence)
    await this.#log.silence(silence, 'began', silence, silence.from)
  }

  async endSilence(silence: Silence, by: string): Promise<void> {
    const at = Date.now()
    this.silences.delete(silence.id)
    await this.#log.silence({ ...silence, ended: { by, at } }, 'ended', { by }, at)
  }

  /** Whether a test message was taken, and if not why. */
  async test(
    name: string,
  ): Promise<{ readonly taken: boolean; readonly reason?: string | undefined } | undefined> {
    const state = this.channels.find(({ channel }) => channel.name === name)
    if (!state) return undefined
    const language = state.channel.options.language ?? 'en'
    const taken = await state.tell(testMessage(name, language, this.#ground, Date.now()))
    return taken ? { taken } : { taken, reason: state.failing?.reason }
  }

  render(sink: MetricSink): void {
    const firing = { critical: 0, warning: 0, info: 0 }
    for (const { status, severity } of this.states.values()) if (status === 'firing') firing[severity]++
    sink.metric(
      'isthmus_alerts_firing',
      Object.entries(firing).map(([severity, n]) => [{ severity }, n]),
    )
    sink.metric(
      'isthmus_alert_channel_up',
      this.channels.map(({ channel, failing }) => [{ channel: channel.name }, Number(failing === undefined)]),
    )
    sink.metric(
      'isthmus_alert_notices_total',
      this.channels.flatMap(({ channel, counts }) =>
        Object.entries(counts).map(([result, n]) => [{ channel: channel.name, result }, n] as const),
      ),
    )
  }

  #plan(): void {
    if (this.#stopped) return
    const again = () => this.#plan()
    const failed = (error: unknown) =>
      this.#options.log({
        level: 'warn',
        event: 'alert',
        text: `Alerts could not be looked at: ${reasonOf(error)}`,
      })
    this.#timer = setTimeout(() => void this.look().catch(failed).then(again), this.#options.every)
    this.#timer.unref()
  }

  #tell(state: ChannelState, now: number): void {
    if (!state.isFree) return
    const known = { states: this.states.values(), causes: this.causes(), silences: this.silences.values() }
    const notices = noticesFor(state.channel, known, now)
    if (notices.length === 0) return
    const { name, options } = state.channel
    void state.tell(composed(notices, options.language ?? 'en', this.#ground)).then(taken => {
      if (taken) for (const notice of notices) this.#told(notice, name)
      else {
        const text = `${name} could not be told of alerts: ${state.failing?.reason}`
        this.#options.log({ level: 'warn', event: 'alert', text, fields: { channel: name } })
      }
    })
  }

  #told({ what, state: { id } }: Notice, channel: string): void {
    const state = this.states.get(id)
    if (!state || this.#stopped) return
    const at = Date.now()
    const said = what === 'resolved' ? 'resolved' : 'firing'
    const next = { ...state, told: { ...state.told, [channel]: { what: said, at } } } as const
    const open = next.status !== 'resolved' || this.#isToBeTold(next)
    if (open) this.#set(next)
    else this.states = new Map([...this.states].filter(([known]) => known !== id))
    void this.#log.alert(next, { type: 'told', data: { channel, what } }, at, open)
  }

  #isToBeTold({ told }: AlertState): boolean {
    return this.channels.some(({ channel }) => told[channel.name]?.what === 'firing')
  }

  #set(state: AlertState): void {
    this.states = new Map([...this.states, [state.id, state]])
  }

  #expire(now: number): void {
    for (const silence of this.silences.values()) {
      if (isActive(silence, now)) continue
      this.silences.delete(silence.id)
      void this.#log.silence(silence, 'expired', {}, now)
    }
  }

  #logged(to: string, state: AlertState): void {
    if (to !== 'firing' && to !== 'resolved') return
    const { id, severity, rule } = state
    const text = `${to === 'firing' ? 'alert' : 'alert is over'}: ${alertText(this.#ground.rules.get(rule), state, 'en')}`
    const level = to === 'firing' ? 'warn' : 'info'
    this.#options.log({ level, event: 'alert', text, fields: { alert: id, severity, state: to } })
  }
}
