import React, { memo, useState } from 'react';
import { Tile } from './Tile.jsx';
import './board.css';

/** How many columns there are. */
export const COLUMNS = 8;
const styles = { board: 'board', empty: () => null };

/**
 * One row of tiles.
 */
export function Row({ tiles, onPick }) {
  return (
    <ul className={styles.board}>
      {tiles.map((tile) => (
        <Tile key={tile.id} {...tile} onClick={() => onPick(tile)} />
      ))}
    </ul>
  );
}

/** A counter that remembers. */
export const Counter = ({ start = 0 }) => {
  const [count, setCount] = useState(start);
  const grow = () => setCount(count + 1);
  return <button onClick={grow}>{count}</button>;
};

// Only drawn when it changes.
const Frozen = memo(function FrozenRow(props) {
  return <Row {...props} />;
});

/** The whole board. */
export default class Board extends React.Component {
  static defaultProps = { title: 'Board' };
  state = { picked: null };

  /** Remembers a tile. */
  handlePick = (tile) => {
    this.setState({ picked: tile });
  };

  get title() {
    return this.props.title;
  }

  render() {
    const { rows } = this.props;
    return (
      <React.Fragment>
        <h1>{this.title}</h1>
        {rows.map((row) => <Row tiles={row} onPick={this.handlePick} />)}
        <Counter start={rows.length} />
        <ui.Panel.Footer />
      </React.Fragment>
    );
  }
}

Board.propTypes = { rows: PropTypes.array };

export const withBoard = (Inner) => function Wrapped(props) {
  return <Inner board={<Board />} {...props} />;
};
