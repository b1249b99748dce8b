//! Measures everything, or what the arguments name: `cargo bench -p benchmarks -- [--quick] [PART...]`.

fn main() -> std::process::ExitCode {
    benchmarks::main()
}
