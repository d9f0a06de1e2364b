# Composites alone, one of which goes against its marker.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("holzinger_swineford.csv"))
write_case(fit)
