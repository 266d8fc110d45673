"""What leaves the program: French texts, exports, map, sheet, report."""
