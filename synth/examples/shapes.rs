//! Writes a large dump of an odd shape: `shapes SHAPE COUNT FILE`.

use goldenhour_synth::shapes::{Shape, write};
use std::{error::Error, fs::File, io::BufWriter, io::Write};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shape, count, file] = arguments.as_slice() else {
        let names: Vec<&str> = Shape::ALL.iter().map(|(name, _)| *name).collect();
        return Err(format!("usage: shapes SHAPE COUNT FILE; shapes: {}", names.join(", ")).into());
    };
    let (_, shape) = Shape::ALL
        .into_iter()
        .find(|(name, _)| name == shape)
        .ok_or("no such shape")?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    write(shape, count.parse()?, &mut out)?;
    Ok(out.flush()?)
}
