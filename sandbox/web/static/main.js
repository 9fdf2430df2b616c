// Where the application starts.
import { start } from "./router.js";

start();
