import React, { useState } from 'react';
import { Button } from './button';

interface PanelProps { title: string; onClose?: () => void; }

/** A panel with a title that can be closed. */
export const Panel: React.FC<PanelProps> = ({ title, onClose }) => {
  const [open, setOpen] = useState(true);
  const close = () => { setOpen(false); onClose?.(); };
  if (!open) return null;
  return (
    <section>
      <h2>{title}</h2>
      <Button label="close" onClick={close} />
    </section>
  );
};

export default function App() {
  return <Panel title="hello" />;
}
