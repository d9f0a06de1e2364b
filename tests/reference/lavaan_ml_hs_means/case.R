# Three factors with a mean structure.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, meanstructure = TRUE)
write_case(fit)
