import { useEffect, useRef } from 'react'
import { alongOf } from './geometry.ts'
import type { Drawn } from './map.tsx'

const framesPerSecond = 15
/** With more bridges nobody sees single dots, and drawing them costs. */
const bridgesAtMost = 200

/** Small dots that travel where messages travel. They stand still when hidden, unfocused, or where motion is not wanted. */
export function Dots({
  drawn,
  width,
  height,
}: {
  readonly drawn: readonly Drawn[]
  readonly width: number
  readonly height: number
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const moving = drawn.filter(({ bridge }) => bridge.perSecond > 0 && bridge.state !== 'down')
    const context = canvas.current?.getContext('2d')
    if (!context || drawn.length > bridgesAtMost || moving.length === 0) return
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const colour = getComputedStyle(context.canvas).color
    const draw = () => {
      if (document.hidden || !document.hasFocus()) return
      context.clearRect(0, 0, width, height)
      context.fillStyle = colour
      for (const { bridge, curve } of moving) {
        const seconds = 6 - Math.min(4, Math.log10(1 + bridge.perSecond) * 1.5)
        const { x, y } = alongOf(curve, (performance.now() / 1000 / seconds) % 1)
        context.beginPath()
        context.arc(x, y, 2.5, 0, 7)
        context.fill()
      }
    }
    const timer = setInterval(draw, 1000 / framesPerSecond)
    return () => {
      clearInterval(timer)
      context.clearRect(0, 0, width, height)
    }
  }, [drawn, width, height])
  return <canvas ref={canvas} className="dots" width={width} height={height} aria-hidden="true" />
}
