// The programme's board. Its parts stand in board/, one behaviour per file; they share what context.js makes.
import { carrying } from "./board/carry.js";
import { contextOf } from "./board/context.js";
import { filterSessions } from "./board/filter.js";
import { useKeyboard } from "./board/keys.js";
import { hearOthers } from "./board/live.js";
import { orderProjects } from "./board/order.js";
import { openDetails } from "./board/panel.js";
import { dragSessions } from "./board/pointer.js";
import { showProjects } from "./board/projects.js";
import { keepState } from "./board/state.js";
import { tapSessions } from "./board/tap.js";
import { takeBack } from "./board/turns.js";
import { chooseView } from "./board/view.js";

export default function connect(root) {
  const board = contextOf(root);
  chooseView(board);
  takeBack(board);
  keepState(board);
  filterSessions(board);
  openDetails(board);
  orderProjects(board);
  showProjects(board);
  if (board.mayPlace) {
    carrying(board);
    dragSessions(board);
    useKeyboard(board);
    tapSessions(board);
  } else {
    board.held = () => null;
  }
  hearOthers(board);
}
