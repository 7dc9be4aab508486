import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useLive } from '../../app/live.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { toneOf } from '../../kit/status.tsx'
import { Dots } from './dots.tsx'
import {
  type Curve,
  curveOf,
  islandHeight,
  islandWidth,
  labelled,
  lanesOf,
  type Plan,
  type Point,
  pathOf,
  planOf,
  thicknessOf,
} from './geometry.ts'
import { type Bridge, type Island, type LandscapeState, type Selected, stateOf, worstFirst } from './state.ts'
import { landscapeText } from './text.ts'

export interface Drawn {
  readonly bridge: Bridge
  readonly curve: Curve
}

/** The landscape as a map. What is well is quiet: colour is for what needs somebody. */
export function LandscapeMap(props: {
  readonly state: LandscapeState
  readonly selected: Selected
  onSelect(sel: string): void
}) {
  const { state, selected, onSelect } = props
  const t = useText(landscapeText)
  const [frame, space] = useSpace()
  // What is not known to move stands still.
  const isLost = useLive().state === 'lost'
  const plan = useMemo(() => planOf(state.islands, space), [state.islands, space])
  const drawn = useMemo(
    () =>
      lanesOf(state.bridges).flatMap(([bridge, lane]): Drawn[] => {
        const curve = curveOf(plan, bridge, lane)
        return curve ? [{ bridge, curve }] : []
      }),
    [state.bridges, plan],
  )
  const size = { width: plan.width, height: plan.height }
  return (
    <section ref={frame} className="map-frame" aria-label={t.mapLabel}>
      <div className="map" style={size}>
        <svg className="bridges" viewBox={`0 0 ${plan.width} ${plan.height}`} style={size} aria-hidden="true">
          {drawn.map(({ bridge, curve }) => (
            <BridgeLine
              key={bridge.bridge}
              bridge={bridge}
              curve={curve}
              isSelected={
                selected !== undefined && 'bridge' in selected && selected.bridge.bridge === bridge.bridge
              }
              onSelect={() => onSelect(`bridge:${bridge.bridge}`)}
            />
          ))}
        </svg>
        <Dots drawn={isLost ? [] : drawn} width={plan.width} height={plan.height} />
        {state.islands.map(island => {
          const place = plan.places.get(island.island)
          return (
            place && (
              <IslandButton
                key={island.island}
                island={island}
                left={place.x - islandWidth / 2}
                top={place.y - islandHeight / 2}
                isSelected={
                  selected !== undefined && 'island' in selected && selected.island.island === island.island
                }
                onSelect={() => onSelect(`island:${island.island}`)}
              />
            )
          )
        })}
        {brokenOf(drawn, plan).map(([{ bridge }, at]) => (
          <BrokenLabel
            key={bridge.bridge}
            bridge={bridge}
            at={at}
            onSelect={() => onSelect(`bridge:${bridge.bridge}`)}
          />
        ))}
      </div>
    </section>
  )
}

function BridgeLine(props: {
  readonly bridge: Bridge
  readonly curve: Curve
  readonly isSelected: boolean
  onSelect(): void
}) {
  const { bridge, curve, isSelected, onSelect } = props
  const path = pathOf(curve)
  const look = `bridge ${bridge.state.replace(' ', '-')} ${bridge.kind}${isSelected ? ' selected' : ''}`
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list says and does the same for the keyboard
    <g className={look} onClick={onSelect}>
      <path className="reach" d={path} />
      <path className="line" d={path} strokeWidth={thicknessOf(bridge.perSecond)} />
    </g>
  )
}

function IslandButton(props: {
  readonly island: Island
  readonly left: number
  readonly top: number
  readonly isSelected: boolean
  onSelect(): void
}) {
  const { island, left, top, isSelected, onSelect } = props
  const format = useFormat()
  const words = useText(common)
  const state = stateOf(island.state)
  const tone = toneOf(state)
  const rate = island.perSecond > 0 || !island.own ? format.perSecond(island.perSecond) : ''
  const latency = island.p95 === undefined ? '' : format.duration(island.p95)
  const figures = [rate, latency].filter(text => text !== '').join(' · ')
  return (
    <button
      type="button"
      className={`island ${tone}${island.own ? ' own' : ''}`}
      style={{ left, top, width: islandWidth, height: islandHeight }}
      aria-pressed={isSelected}
      onClick={onSelect}
      onKeyDown={moveBetweenIslands}
    >
      <span className="strong ellipsis">{island.label}</span>
      {island.state === 'ok' ? (
        <span className="muted numbers">{figures || ' '}</span>
      ) : (
        <span className={`status ${tone}`}>
          <Icon name={tone === 'failed' ? 'failed' : 'warn'} />
          {words.states[state]}
        </span>
      )}
    </button>
  )
}

/** Arrow keys go from island to island, in the order in which they are read. */
function moveBetweenIslands(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const all = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>('.island') ?? [])]
  all[(all.indexOf(event.currentTarget) + step + all.length) % all.length]?.focus()
}

function BrokenLabel({
  bridge,
  at,
  onSelect,
}: {
  readonly bridge: Bridge
  readonly at: Point
  onSelect(): void
}) {
  const words = useText(common)
  const format = useFormat()
  return (
    <button type="button" className="broken" style={{ left: at.x, top: at.y }} onClick={onSelect}>
      <span className="status failed">
        <Icon name="failed" />
        {`${bridge.flow ?? bridge.saga ?? bridge.transaction ?? ''} · ${words.states.down}`}
      </span>
      <span className="muted numbers">{format.number(bridge.backlog)}</span>
    </button>
  )
}

/** Those that are down, one for each flow, where there is room for a label. */
function brokenOf(drawn: readonly Drawn[], plan: Plan): (readonly [Drawn, Point])[] {
  const seen = new Set<string>()
  const broken = worstFirst(
    drawn.map(each => ({ ...each, state: each.bridge.state, oldest: each.bridge.oldest })),
  )
    .filter(({ state }) => state === 'down')
    .filter(({ bridge }) => {
      const name = bridge.flow ?? bridge.bridge
      return !seen.has(name) && seen.add(name)
    })
  return labelled(broken, plan, { width: 240, height: 30 })
}

/** The space that the map has, as the window changes. */
function useSpace() {
  const frame = useRef<HTMLElement>(null)
  const [space, setSpace] = useState({ width: 900, height: 600 })
  useEffect(() => {
    if (!frame.current) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSpace({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [])
  return [frame, space] as const
}
