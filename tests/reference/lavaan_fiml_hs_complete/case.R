# FIML asked for, nothing missing.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, missing = "fiml")
write_case(fit)
